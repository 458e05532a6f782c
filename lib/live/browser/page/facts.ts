import type { LiveNetwork } from '../../types';
import { data } from './client';
import { byId, bytesText, element, percent } from './elements';

/** How well a network did in Node; empty where that cannot be said. */
function score({ mistakes, overlap, tested }: LiveNetwork): string {
  if (mistakes !== null) return `${mistakes} of ${tested} test images wrong`;
  return overlap === null ? '' : `mean IoU ${percent(overlap)} on ${tested} test images`;
}

function origin({ notebook, fresh }: LiveNetwork): string {
  return fresh ? notebook : `${notebook}, an earlier run`;
}

/** What there is to say of a network in a line. */
export function factsOf(network: LiveNetwork): string {
  const facts = [origin(network), score(network), `maps at layer ${network.layer}`];
  return facts.filter(Boolean).join(' · ');
}

/** A row for each network, whose name chooses it. */
export function makeTable(choose: (name: string) => void): void {
  for (const network of data.networks) {
    const button = element('button', { type: 'button' }, network.name);
    button.addEventListener('click', () => choose(network.name));
    const kinds = { single: 'one type', multi: 'several types', mask: 'mask' };
    const texts = [kinds[network.kind], score(network), origin(network)];
    const cells = [...texts, bytesText(network.bytes)].map((text) => element('td', {}, text));
    byId('networks').append(element('tr', {}, element('td', {}, button), ...cells));
  }
}
