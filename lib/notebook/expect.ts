import { GradbookError } from '../runtime';
import type { BoundEvent, ResultEvent } from './events';
import { formatNumber } from './format';
import { escapeHtml } from './html';
import { currentProfile } from './settings';
import { publish } from './sink';

/** The limits of a figure; at least one of them. Both ends belong to the allowed range. */
export interface Bounds {
  atLeast?: number;
  atMost?: number;
}

/**
 * States a promise of the notebook and shows whether it held. It does not throw: whoever runs the
 * notebook headless judges. NaN and a missing value never hold. Once `settings` has chosen the
 * profile `smoke`, bounds are shown as not judged: its trainings are too short for any promise.
 *
 * @param name what was measured, such as `test accuracy`
 * @throws GradbookError `bad-bounds` when there is no limit, or one is not a number
 */
export function expect(name: string, value: number, bounds: Bounds): void {
  const { atLeast, atMost } = bounds;
  const limits = [atLeast, atMost].filter((limit) => limit !== undefined);
  if (limits.length === 0 || limits.some((limit) => !Number.isFinite(limit))) {
    throw new GradbookError(
      `expect '${name}': give atLeast, atMost or both as numbers, not ${JSON.stringify(bounds)}`,
      'bad-bounds',
    );
  }
  // Written so that comparisons with NaN and undefined fail.
  const met =
    Number.isFinite(value) &&
    (atLeast === undefined || value >= atLeast) &&
    (atMost === undefined || value <= atMost);
  const holds = currentProfile() === 'smoke' ? null : met;
  // JSON has no NaN: a missing figure travels as null and does not hold.
  const event: BoundEvent = { kind: 'bound', name, value, ...bounds, holds };
  const wanted = [
    atLeast === undefined ? '' : `at least ${atLeast}`,
    atMost === undefined ? '' : `at most ${atMost}`,
  ]
    .filter(Boolean)
    .join(' and ');
  const [sign, kind, said] =
    holds === null
      ? (['–', 'info', 'not judged in the profile smoke'] as const)
      : holds
        ? (['✓', 'success', ''] as const)
        : (['✗', 'error', 'missed'] as const);
  const shown = typeof value === 'number' ? formatNumber(value) : String(value);
  publish(
    {
      'text/html': line(kind, [
        `<b>${sign}</b>`,
        `<b>${escapeHtml(name)}</b>`,
        escapeHtml(shown),
        `expected ${wanted}${said && `: <b>${said}</b>`}`,
      ]),
      'text/plain': `${sign} ${name}: ${shown} (expected ${wanted}${said && `: ${said}`})`,
    },
    { event },
  );
}

/** What `result` takes. */
export type ResultInfo = Omit<ResultEvent, 'kind'>;

/** Shows a figure, the report's own beside it, and keeps it for the summary. */
export function result(info: ResultInfo): void {
  const { section, name, value, report, details = {} } = info;
  const extra = Object.entries(details).map(
    ([key, figure]) => `${key} ${typeof figure === 'number' ? formatNumber(figure) : figure}`,
  );
  const shown = typeof value === 'number' ? formatNumber(value) : String(value);
  const said = report === undefined ? [] : [`report: ${report}`];
  publish(
    {
      'text/html': line('info', [
        `§ ${escapeHtml(section)}`,
        `<b>${escapeHtml(name)}</b>`,
        `<b>${escapeHtml(shown)}</b>`,
        ...[...said, ...extra].map(escapeHtml),
      ]),
      'text/plain': `§ ${section} ${name}: ${[shown, ...said, ...extra].join(' · ')}`,
    },
    { event: { kind: 'result', ...info } },
  );
}

/** One row of plain cells; a coloured edge tells the kind, the words tell it too. */
function line(kind: 'success' | 'error' | 'info', cells: string[]): string {
  const colors = { success: '#2e7d32', error: '#c62828', info: '#1565c0' };
  const edge = `border-left:4px solid var(--jp-${kind}-color1, ${colors[kind]})`;
  const row = cells.map((cell) => `<span>${cell}</span>`).join('');
  return `<div style="${edge};padding:2px 10px;display:flex;flex-wrap:wrap;gap:4px 20px">${row}</div>`;
}
