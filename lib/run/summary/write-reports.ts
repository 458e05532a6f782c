import * as path from 'node:path';
import { writeFileAtomic } from '../../runtime';
import { type Extras, writeSite } from '../site/write-site';
import { junitXml } from './junit';
import type { Summary } from './summary';
import { summaryMarkdown } from './summary-markdown';

/** Writes `summary.json`, `summary.md` and `junit.xml`. */
export function writeSummaries(summary: Summary, out: string): void {
  writeFileAtomic(path.join(out, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
  writeFileAtomic(path.join(out, 'summary.md'), summaryMarkdown(summary));
  writeFileAtomic(path.join(out, 'junit.xml'), junitXml(summary));
}

/**
 * Writes all the reports at a run's end.
 *
 * @param options `cache`: folder of what was converted before
 * @returns what the user may want to open
 */
export async function writeReports(
  summary: Summary,
  out: string,
  options: { html: boolean; cache: string; extras?: Extras; data?: string | undefined },
): Promise<string[]> {
  writeSummaries(summary, out);
  const files = [path.join(out, 'summary.json')];
  if (!options.html) return files;
  const { cache, extras, data } = options;
  const pages = await writeSite(summary, out, cache, extras, data);
  return [...pages, ...files];
}
