import type { MissingNetwork } from '../../../live';
import { escapeHtml } from '../../../notebook';
import type { Summary } from '../../summary/summary';
import { reportTitle } from '../landing';
import { contents, header } from '../navigation';
import { htmlPage, searchScripts } from '../page';
import { ownFile } from '../parts';

/** File of the page, beside the first one. */
export const tryPage = 'try.html';

/** What the landing page says of it. */
export const tryLink = `<p><a href="${tryPage}">Try the trained networks</a>: an image of your own, or a sprite dragged over a photo, in this browser</p>`;

/** The networks that are not on the page. */
function missingList(missing: readonly MissingNetwork[]): string {
  if (missing.length === 0) return '';
  const rows = missing.map(
    ({ name, reason }) => `<li><code>${escapeHtml(name)}</code>: ${escapeHtml(reason)}</li>`,
  );
  return `<section id="missing"><h2>Not on this page</h2>
<ul class="soft">${rows.join('\n')}</ul></section>`;
}

function page(summary: Summary, main: string, scripts = ''): string {
  return htmlPage({
    title: 'Try the networks',
    head: '<link rel="stylesheet" href="try/try.css">',
    header: header(reportTitle(summary), ownFile, true),
    contents: contents(summary, 'try', ownFile, { live: true }),
    main: `<main class="try">\n<h1>Try the networks</h1>\n${main}\n</main>`,
    scripts: `${searchScripts}\n${scripts}`,
  });
}

/**
 * The page without networks: it says why there are none.
 *
 * @param reason what went wrong. Default: nothing but that all networks are missing
 */
export function emptyPage(
  summary: Summary,
  missing: readonly MissingNetwork[],
  reason = '',
): string {
  const text = reason
    ? `The networks could not be made ready: ${escapeHtml(reason)}`
    : 'There is no trained network to try.';
  return page(summary, `<p class="status failed" id="none">${text}</p>\n${missingList(missing)}`);
}

/** The page with its controls; the scripts fill it. */
export function livePage(summary: Summary, missing: readonly MissingNetwork[]): string {
  return page(
    summary,
    `<p class="soft">The networks that this report trained, in this browser: nothing is sent anywhere.</p>
<noscript><p class="status failed">This page needs JavaScript.</p></noscript>
<div class="choices">
<label>Network <select id="network"></select></label>
<label>Map <select id="method">
<option value="grad-cam">Grad-CAM</option>
<option value="layer-cam">LayerCAM</option>
<option value="occlusion">Occlusion</option>
</select></label>
<label>Explains <select id="target"></select></label>
</div>
<p class="soft" id="about"></p>
<p id="message" role="status" aria-live="polite"></p>
<div class="views">
<figure><canvas id="picture" tabindex="0" role="img" aria-label="Image. Drop or paste one of your own; arrow keys move the sprite"></canvas>
<figcaption id="picture-name">Image</figcaption></figure>
<figure><canvas id="map" role="img" aria-label="Map over the image"></canvas>
<figcaption>Map <span class="soft" id="map-note"></span></figcaption></figure>
<figure id="mask-view"><canvas id="mask" role="img" aria-label="Predicted mask over the image"></canvas>
<figcaption>Mask</figcaption></figure>
<section class="answer">
<p><b id="said" aria-live="polite"></b> <span class="soft"><span id="milliseconds"></span> on <span id="backend">…</span></span></p>
<div id="bars"></div>
</section>
</div>
<div class="tools">
<button type="button" id="open">Open an image…</button>
<input type="file" id="file" accept="image/*" hidden>
<span class="soft">or drop or paste one</span>
<fieldset><legend>Pointer</legend>
<label><input type="radio" name="tool" id="tool-move" checked> moves the sprite</label>
<label><input type="radio" name="tool" id="tool-paint"> paints</label>
<label>in <input type="color" id="colour" value="#ff4020"></label>
<label>as wide as <input type="range" id="brush" min="1" max="16" value="5"></label>
<button type="button" id="no-paint">Paint off</button>
</fieldset>
<fieldset><legend>Sprite</legend>
<button type="button" id="larger" aria-label="Sprite larger">+</button>
<button type="button" id="smaller" aria-label="Sprite smaller">−</button>
<button type="button" id="no-sprite">Sprite off</button>
</fieldset>
</div>
<h2>Test images</h2>
<p><label><input type="checkbox" id="only-mistakes"> only what this network gets wrong</label>
<span class="soft" id="no-mistakes" hidden>None of these.</span></p>
<div class="strip" id="pictures"></div>
<div id="composing">
<h2>Sprites</h2>
<div class="strip" id="sprites"></div>
<h2>Photos</h2>
<p class="soft">Test images without their sprite; its place is filled with the image mirrored.</p>
<div class="strip" id="photos"></div>
</div>
<h2>All networks</h2>
<div class="table"><table>
<thead><tr><th>network</th><th>answers</th><th>in Node</th><th>notebook</th><th>size</th></tr></thead>
<tbody id="networks"></tbody></table></div>
<h2>The same numbers as in Node</h2>
<p class="status" id="difference" data-done="false">Not compared yet</p>
<p class="soft">The page computes by the source that the notebooks use, on tfjs in place of TensorFlow. On a test
image as it is, the numbers must be Node's. Keys on the image: arrows (with Shift, farther), + and −, Delete;
while painting, arrows move the brush and the space bar paints.</p>
${missingList(missing)}`,
    '<script src="try/data.js"></script>\n<script src="try/page.js"></script>\n',
  );
}
