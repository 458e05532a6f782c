import type { ProgressEvent } from './events';
import { countOf, formatNumber, formatSeconds } from './format';
import { escapeHtml } from './html';

const signs = { running: '', done: '✓', interrupted: '■', failed: '✗' };

/** The bar as one line of text. */
export function progressText(event: ProgressEvent): string {
  const sign = signs[event.state];
  const head = sign ? `${sign} ${event.label}` : event.label;
  const parts = [stepsOf(event), ...fieldsOf(event), timesOf(event)];
  const bar = event.state === 'running' && event.total ? ` ${textBar(event, 20)}` : '';
  return `${head}${bar}  ${parts.filter(Boolean).join('  ')}`;
}

/** The bar as HTML; once finished, a line without a bar. */
export function progressHtml(event: ProgressEvent): string {
  const label = `<b>${escapeHtml(`${signs[event.state]} ${event.label}`.trim())}</b>`;
  const parts = [stepsOf(event), ...fieldsOf(event), timesOf(event)].filter(Boolean);
  const rest = parts.map((part) => `<span>${escapeHtml(part)}</span>`).join('');
  const row = 'display:flex;flex-wrap:wrap;align-items:center;gap:2px 16px;padding:2px 0';
  const numbers = 'font-variant-numeric:tabular-nums';
  return `<div style="${row};${numbers}">${label}${htmlBar(event)}${rest}</div>`;
}

function stepsOf({ done, total, unit, state }: ProgressEvent): string {
  if (state === 'done' || total === null) return done > 0 ? countOf(done, unit) : '';
  return `${formatNumber(done)}/${countOf(total, unit)}`;
}

function fieldsOf({ fields }: ProgressEvent): string[] {
  return Object.entries(fields).map(
    ([name, value]) => `${name} ${typeof value === 'number' ? formatNumber(value) : value}`,
  );
}

function timesOf({ seconds, secondsLeft, state }: ProgressEvent): string {
  const spent = formatSeconds(seconds);
  if (state === 'interrupted') return `interrupted after ${spent}`;
  if (state === 'failed') return `failed after ${spent}`;
  if (state === 'done' || secondsLeft === null) return spent;
  return `${spent}, ${formatSeconds(secondsLeft)} left`;
}

function share({ done, total }: ProgressEvent): number {
  return total ? Math.min(1, Math.max(0, done / total)) : 0;
}

function textBar(event: ProgressEvent, width: number): string {
  const full = Math.round(share(event) * width);
  return `${'█'.repeat(full)}${'░'.repeat(width - full)}`;
}

function htmlBar(event: ProgressEvent): string {
  if (event.state !== 'running') return '';
  const percent = (share(event) * 100).toFixed(1);
  const track =
    'display:inline-block;width:180px;height:8px;border-radius:4px;overflow:hidden;background:rgba(128,128,128,.3)';
  const fill = `display:block;height:100%;width:${percent}%;background:var(--jp-brand-color1, #1976d2)`;
  const role = `role="progressbar" aria-valuenow="${percent}" aria-valuemin="0" aria-valuemax="100"`;
  return `<span ${role} style="${track}"><span style="${fill}"></span></span>`;
}

/** Cuts a line to the width of a terminal. */
export function shortenTo(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}…`;
}
