import { environment, GradbookError } from '../runtime';
import type { BoundEvent, NotebookEvent, ResultEvent } from './events';
import { formatNumber } from './format';
import { escapeHtml } from './html';
import { publish } from './sink';

/** Details of a metric besides its value. */
export interface MetricReport {
  /** Section of the paper, such as `2.4`, or `beyond`. A metric with one is listed in the summary. */
  section?: string;
  /** The paper's value as printed there: `99.5 %`. */
  paper?: string;
  /**
   * Whether the value agrees with the paper where `paper` has no number, such as `significantly lower`:
   * the report then says so.
   */
  agrees?: boolean;
  /** The bound: least and greatest allowed value, both inclusive. */
  atLeast?: number;
  atMost?: number;
  /** Further values for the summary's row: seconds, parameters, device. */
  details?: Record<string, number | string>;
}

/** Metrics that lie between 0 and 1 by definition; matched by a name that contains one of these words. */
const shares =
  /accuracy|precision|recall|\bf1\b|\biou\b|\bdice\b|exact match|\bshare\b|pointing game/i;

/**
 * Shows a measured metric, with the paper's value and whether the notebook's bound holds, and
 * records all three for the summary. It does not throw on a bound that is missed: the headless
 * runner then does not pass the run. NaN and a missing value never hold. In the profile `smoke`
 * bounds are shown as not judged, since its trainings are too short.
 *
 * @param name what was measured, such as `test accuracy`
 * @throws GradbookError `bad-bounds` for a limit that is not a finite number or that no value of the
 * metric could miss, such as at least 0 of an accuracy
 *
 * @example
 * const tested = await evaluate(model, examples);
 * reportMetric('test accuracy', tested.accuracy, { section: '2.4', paper: '99.5 %', atLeast: 0.985 });
 */
export function reportMetric(name: string, value: number, about: MetricReport = {}): void {
  const { section, paper, agrees, atLeast, atMost, details = {} } = about;
  const smoke = environment().profile === 'smoke';
  const bounded = 'atLeast' in about || 'atMost' in about;
  if (bounded) checkBounds(name, about, smoke);
  // Comparisons with NaN and undefined must fail.
  const met =
    Number.isFinite(value) &&
    (atLeast === undefined || value >= atLeast) &&
    (atMost === undefined || value <= atMost);
  const holds = smoke ? null : met;
  const limits = {
    ...(atLeast === undefined ? {} : { atLeast }),
    ...(atMost === undefined ? {} : { atMost }),
  };
  // JSON has no NaN: a missing value travels as null and does not hold.
  const bound: BoundEvent = { kind: 'bound', name, value, ...limits, holds };
  const result: ResultEvent = {
    ...{ kind: 'result', section: section ?? '', name, value },
    ...(paper === undefined ? {} : { paper }),
    ...(agrees === undefined ? {} : { agrees }),
    ...(Object.keys(details).length === 0 ? {} : { details }),
  };
  const event: NotebookEvent[] = [
    ...(section !== undefined || !bounded ? [result] : []),
    ...(bounded ? [bound] : []),
  ];
  const extra = Object.entries(details).map(
    ([key, detail]) => `${key} ${typeof detail === 'number' ? formatNumber(detail) : detail}`,
  );
  const short = typeof value === 'number' ? formatNumber(value) : String(value);
  // 0.98996 below a bound of 0.99 must not read as 0.9900.
  const alike = Object.values(limits).some((limit) => limit !== value && +short === limit);
  const shown = alike ? String(value) : short;
  const judged = bounded ? [`expected ${wanted(about)}${verdict(holds)}`] : [];
  const others = [...(paper === undefined ? [] : [`paper: ${paper}`]), ...judged, ...extra];
  const label = section ? `§ ${section} ${name}` : name;
  const [sign, kind] = mark(bounded, holds);
  publish(
    {
      'text/html': line(kind, [
        ...(sign ? [`<b>${sign}</b>`] : []),
        ...(section ? [`§ ${escapeHtml(section)}`] : []),
        `<b>${escapeHtml(name)}</b>`,
        `<b>${escapeHtml(shown)}</b>`,
        ...others.map(escapeHtml),
      ]),
      'text/plain': `${sign && `${sign} `}${label}: ${[shown, ...others].join(' · ')}`,
    },
    { event },
  );
}

type Kind = 'success' | 'error' | 'info';

function mark(bounded: boolean, holds: boolean | null): [string, Kind] {
  if (!bounded) return ['', 'info'];
  if (holds === null) return ['–', 'info'];
  return holds ? ['✓', 'success'] : ['✗', 'error'];
}

function verdict(holds: boolean | null): string {
  if (holds === null) return ': not judged in the profile smoke';
  return holds ? '' : ': missed';
}

function wanted({ atLeast, atMost }: MetricReport): string {
  return [
    atLeast === undefined ? '' : `at least ${atLeast}`,
    atMost === undefined ? '' : `at most ${atMost}`,
  ]
    .filter(Boolean)
    .join(' and ');
}

function checkBounds(name: string, about: MetricReport, smoke: boolean): void {
  const { atLeast, atMost } = about;
  const given = JSON.stringify({ atLeast, atMost }, (_, value) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
  const limits = [atLeast, atMost].filter((limit) => limit !== undefined);
  if (limits.length === 0 || limits.some((limit) => !Number.isFinite(limit))) {
    throw new GradbookError(
      `metric '${name}': give atLeast, atMost or both as finite numbers, not ${given}`,
      'bad-bounds',
    );
  }
  if (atLeast !== undefined && atMost !== undefined && atLeast > atMost) {
    throw new GradbookError(
      `metric '${name}': atLeast ${atLeast} is above atMost ${atMost}`,
      'bad-bounds',
    );
  }
  if (smoke || !shares.test(name)) return;
  const free = (atLeast ?? 0) <= 0 && (atMost ?? 1) >= 1;
  if (free) {
    throw new GradbookError(
      `metric '${name}' lies between 0 and 1, so the bound ${given} could never be missed: ` +
        'give an atLeast above 0 or an atMost below 1',
      'bad-bounds',
    );
  }
}

/** One row of plain cells; the kind is shown by a coloured edge and in words. */
function line(kind: Kind, cells: string[]): string {
  const colors = { success: '#2e7d32', error: '#c62828', info: '#1565c0' };
  const edge = `border-left:4px solid var(--jp-${kind}-color1, ${colors[kind]})`;
  const row = cells.map((cell) => `<span>${cell}</span>`).join('');
  return `<div style="${edge};padding:2px 10px;display:flex;flex-wrap:wrap;gap:4px 20px">${row}</div>`;
}
