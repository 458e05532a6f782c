import { threshold } from '../../answer';
import type { LiveNetwork } from '../../types';
import { predictedClasses } from '../../verdict';
import { data } from './client';
import type { Differences } from './comparison';
import { byId, element, percent } from './elements';

const bars: { row: HTMLElement; bar: HTMLElement; text: HTMLElement }[] = [];

/** Makes a button for each class: it chooses the class that the map explains. */
export function makeBars(choose: (index: number) => void): void {
  for (const [index, name] of data.classNames.entries()) {
    const bar = element('span', { class: 'bar' });
    const text = element('span', { class: 'number' });
    const title = `Explain ${name} in the map`;
    const row = element('button', { type: 'button', title }, element('span', {}, name), bar, text);
    row.addEventListener('click', () => choose(index));
    bars.push({ row, bar, text });
    byId('bars').append(row);
  }
}

/** Shows the probabilities of all classes, and the prediction in a sentence. */
export function showOutput({ kind }: LiveNetwork, output: Float32Array): void {
  byId('bars').hidden = kind === 'mask';
  const said = predictedClasses(kind, output);
  if (kind === 'mask') {
    const share = output.filter((value) => value >= threshold).length / output.length;
    byId('said').textContent = `Sprite on ${percent(share)} of the image`;
    return;
  }
  for (const [index, { row, bar, text }] of bars.entries()) {
    const value = output[index]!;
    row.dataset['value'] = String(value);
    row.classList.toggle('said', said.includes(index));
    bar.style.setProperty('--share', String(value));
    text.textContent = percent(value);
  }
  const names = said.map((index) => data.classNames[index]);
  byId('said').textContent = names.length > 0 ? names.join(' and ') : 'No type';
}

/** Marks the class that the map explains. */
export function showTarget(target: number | null): void {
  for (const [index, { row }] of bars.entries()) {
    row.setAttribute('aria-pressed', String(index === target));
  }
}

/** What `status` of a map means to a reader; empty where it shows something. */
export function statusText(status: string | null): string {
  const texts: Record<string, string> = {
    'no-evidence': 'nothing here speaks for this class',
    constant: 'the same everywhere',
    'zero-gradient': 'this class does not depend on the layer',
    'dead-layer': 'the outputs of the layer are all zero',
    'not-finite': 'numbers are not finite',
  };
  return status ? (texts[status] ?? '') : '';
}

const scientific = (value: number) => (value === 0 ? '0' : value.toExponential(1));

/** A map by occlusion is made of small differences of large numbers: rounding shows ten times as much. */
const occlusionFactor = 10;

/** How far the page is from Node, once that has been looked at. */
export function showDifferences(name: string, found: Differences): void {
  const place = byId('difference');
  const { outputs, maps, occlusion, done, of } = found;
  const finished = done === of;
  // Written so that NaN is wrong.
  const right = [outputs, maps, occlusion / occlusionFactor].every((far) => far <= data.tolerance);
  Object.assign(place.dataset, { network: name, outputs, maps, occlusion, done: finished });
  place.classList.toggle('passed', finished && right);
  place.classList.toggle('failed', !right);
  const far = `outputs ${scientific(outputs)}, maps ${scientific(maps)}, occlusion ${scientific(occlusion)}`;
  const allowed = `${scientific(data.tolerance)} is allowed, of occlusion ${scientific(data.tolerance * occlusionFactor)}`;
  const progress = finished ? '' : ` (${done} of ${of} compared)`;
  place.textContent = `Largest difference from Node (${data.engine}): ${far}; ${allowed}${progress}`;
}
