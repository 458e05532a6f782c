import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { GradbookError } from '../../runtime';

const names = [
  ...['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'],
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/**
 * A Chromium's program.
 *
 * @param wish a name or a file; without one the usual names are tried
 * @throws GradbookError `usage` when there is none
 */
export function findChromium(wish?: string): string {
  const tried = wish ? [wish] : names;
  const find = 'for name; do command -v "$name" && exit; done';
  const { stdout } = spawnSync('sh', ['-c', find, 'sh', ...tried], { encoding: 'utf8' });
  const found = stdout?.trim();
  if (found) return found;
  const missing = wish ? `there is no "${wish}"` : 'there is no Chromium here';
  throw new GradbookError(
    `no PDF: ${missing}. Install one (sudo apt-get install -y chromium), name one with ` +
      'GRADBOOK_CHROMIUM, or use --single-file and print that.',
    'usage',
  );
}

/** Patient: a hundred figures on a busy machine without a graphics card take minutes. */
const timeout = 600_000;

/**
 * Prints a page of the report to a PDF, with its figures, page numbers and an outline.
 *
 * @throws GradbookError `html` when the browser fails
 */
export async function printPdf(page: string, chromium: string): Promise<Uint8Array> {
  try {
    // A browser's driver takes a while to load: only for this.
    const { chromium: driver } = await import('playwright-core');
    const browser = await driver.launch({
      executablePath: chromium,
      // Root, as in a container, may not use the sandbox; the page is our own.
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
      timeout,
    });
    try {
      const tab = await browser.newPage({ colorScheme: 'light' });
      tab.setDefaultTimeout(timeout);
      await tab.goto(pathToFileURL(page).href);
      if ((await tab.locator('.plotly-place').count()) > 0) {
        await tab.waitForSelector('body[data-figures=drawn]');
      }
      return await tab.pdf({
        format: 'A4',
        printBackground: true,
        margin: { top: '14mm', bottom: '16mm', left: '14mm', right: '14mm' },
        displayHeaderFooter: true,
        headerTemplate: '<span></span>',
        footerTemplate:
          '<div style="width:100%;text-align:center;font:8px sans-serif;color:#666">' +
          '<span class="pageNumber"></span> / <span class="totalPages"></span></div>',
        tagged: true,
        outline: true,
      });
    } finally {
      await browser.close();
    }
  } catch (error) {
    const [first] = (error as Error).message.split('\n');
    throw new GradbookError(`no PDF: ${chromium} could not print the report: ${first}`, 'html');
  }
}
