import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import type { Figure } from '../../lib/plots';

interface Complaint {
  msg: string;
}
interface Plotly {
  validate(data: unknown, layout: unknown): Complaint[] | undefined;
}

let plotly: Plotly | undefined;

/** plotly.js in jsdom, which is sufficient for its schema: loaded once, in about two seconds. */
function load(): Plotly {
  const { JSDOM } = require('jsdom');
  const { window } = new JSDOM('', { runScripts: 'outside-only', pretendToBeVisual: true });
  window.URL.createObjectURL = () => '';
  window.HTMLCanvasElement.prototype.getContext = () => null;
  Object.assign(window, { TextDecoder, TextEncoder });
  window.eval(fs.readFileSync(require.resolve('plotly.js/dist/plotly.min.js'), 'utf8'));
  // jsdom's timers would keep the test process alive
  setImmediate(() => window.close());
  return window.Plotly;
}

/** plotly's validation errors of a figure. */
export function complaints(figure: Figure): string[] {
  plotly ??= load();
  const { data, layout } = JSON.parse(JSON.stringify(figure)) as Figure;
  return Array.from(plotly.validate(data, layout) ?? [], ({ msg }) => msg);
}

/** Fails unless plotly accepts the figure, it fits a notebook, and it has alternative text. */
export function assertSound(figure: Figure): void {
  assert.deepEqual(complaints(figure), []);
  assert.ok(figure.alt.length > 10, 'a figure needs an alternative text');
  assert.ok((figure.layout['width'] as number) <= 900, 'wider than a notebook');
  assert.doesNotMatch(JSON.stringify(figure), /NaN|Infinity/);
}
