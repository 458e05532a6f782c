// @ts-nocheck
// Runs in a browser, whose types the workspace does without.
// Draws the page's figures with plotly.js, as wide as the page allows, in the page's colours.

const figures = [...document.querySelectorAll('.plotly-figure')].map((element) => ({
  place: element.querySelector('.plotly-place'),
  figure: JSON.parse(element.querySelector('script').textContent),
}));

/** Grey text of figures that suit both themes; on this page the theme is known. */
const neutral = '#767a80';

/** The figures' width on paper: A4 and Letter have room for it. */
const paper = 620;
let printing = false;

/** Where a figure's words would overlap if it were narrower: its place scrolls instead. */
function leastWidth({ data, layout }) {
  // A drawing, such as a network's blocks.
  if (layout?.xaxis?.visible === false) return layout.width ?? 0;
  const columns = data.map(({ type, z }) => (type === 'heatmap' ? (z?.[0]?.length ?? 0) : 0));
  return Math.min(layout?.width ?? 0, 38 * Math.max(0, ...columns) + 110);
}

/** A title that would be cut off gets smaller; it begins where the axis does. */
function titleFor(title, width) {
  const text = typeof title === 'string' ? title : (title?.text ?? '');
  const longest = Math.max(...text.split('<br>').map((line) => line.length));
  const fits = Math.max(10, Math.floor((width - 60) / (longest * 0.56)));
  const size = Math.min(title?.font?.size ?? 17, fits);
  return { ...(typeof title === 'string' ? { text } : title), font: { ...title?.font, size } };
}

function layoutFor(figure, place) {
  const dark = isDark() && !printing;
  const layout = structuredClone(figure.layout ?? {});
  const own = layout.font?.color;
  layout.font = {
    ...layout.font,
    color: own && own !== neutral ? own : dark ? '#dfe3e8' : '#24292f',
  };
  // What the figure itself says wins over the template.
  const axis = { gridcolor: '#80808038', zerolinecolor: '#80808080', linecolor: '#8a8f9870' };
  const clear = 'rgba(0,0,0,0)';
  layout.template ??= {
    layout: { paper_bgcolor: clear, plot_bgcolor: clear, xaxis: axis, yaxis: axis },
  };
  const room = printing ? paper : place.parentElement.clientWidth;
  // Narrower on a phone; wider never: pictures of a grid would lose their shape.
  if (printing) layout.width = Math.min(layout.width ?? room, room);
  else if (layout.width) {
    layout.width = Math.max(Math.min(layout.width, room), leastWidth(figure));
  }
  if (layout.title) layout.title = titleFor(layout.title, layout.width ?? room);
  layout.autosize = layout.width === undefined;
  return layout;
}

async function draw({ place, figure }) {
  const config = { displaylogo: false, responsive: true, ...figure.config };
  await Plotly.react(place, figure.data, layoutFor(figure, place), config);
}

async function drawAll() {
  for (const one of figures) {
    try {
      await draw(one);
      one.place.dataset.drawn = 'yes';
    } catch (error) {
      one.place.textContent = `This figure could not be drawn: ${error.message}`;
      one.place.dataset.drawn = 'no';
    }
    // The page stays usable meanwhile.
    await new Promise((resolve) => setTimeout(resolve));
  }
  document.body.dataset.figures = 'drawn';
}

let pending;
function again() {
  clearTimeout(pending);
  pending = setTimeout(drawAll, 150);
}

/** On paper in its colours and no wider than it, and back. */
function print(now) {
  printing = now;
  for (const one of figures) draw(one);
}

if (figures.length > 0 && typeof Plotly !== 'undefined') {
  drawAll();
  addEventListener('gradbook-theme', again);
  addEventListener('resize', again);
  addEventListener('beforeprint', () => print(true));
  addEventListener('afterprint', () => print(false));
} else {
  document.body.dataset.figures = 'drawn';
}
