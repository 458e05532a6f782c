import * as assert from 'node:assert/strict';
import { type Browser, chromium, type Page } from 'playwright-core';
import { findChromium } from '../../lib/run/site/pdf';

/** Milliseconds that anything may take on a busy machine. */
const patience = 240_000;

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(process.env['GRADBOOK_CHROMIUM'] || undefined),
    // WebGL is done by the processor here.
    args: [
      ...['--no-sandbox', '--disable-dev-shm-usage'],
      ...['--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
    ],
  });
}

/** The live page in a browser, and what it complained of. */
export class LivePage {
  readonly problems: string[] = [];

  private constructor(readonly page: Page) {
    page.setDefaultTimeout(patience);
    page.on('pageerror', (error) => this.problems.push(error.message));
    page.on('requestfailed', (request) => this.problems.push(request.url()));
  }

  /**
   * @param address of `try.html`; may ask for a backend: `?backend=cpu`
   * @param before code that runs before the page's own
   */
  static async open(
    browser: Browser,
    address: string,
    options: object = {},
    before = '',
  ): Promise<LivePage> {
    const live = new LivePage(await browser.newPage(options));
    if (before) await live.page.addInitScript(before);
    await live.page.goto(address);
    await live.shown();
    return live;
  }

  /** Waits until the networks have looked at what the image is now. */
  async shown(): Promise<void> {
    await this.page.waitForFunction(
      'document.body.dataset.live === "ready" && document.body.dataset.shown === document.body.dataset.version',
    );
  }

  /** Waits until the page has compared a network with Node. */
  async compared(network: string): Promise<{ outputs: number; maps: number }> {
    const done = `#difference[data-done=true][data-network="${network}"]`;
    const values = await this.page.locator(done).evaluate((place) => ({ ...place.dataset }));
    return { outputs: Number(values['outputs']), maps: Number(values['maps']) };
  }

  text(id: string): Promise<string> {
    return this.page.locator(`#${id}`).innerText();
  }

  /** Probabilities of all classes, as the bars show them. */
  bars(): Promise<number[]> {
    const values =
      '[...document.querySelectorAll("#bars button")].map((b) => Number(b.dataset.value))';
    return this.page.evaluate(values);
  }

  /** The pixels of a canvas, RGBA. */
  pixels(id: string): Promise<number[]> {
    return this.page.evaluate(`(() => {
      const { width, height } = ${id};
      return [...${id}.getContext('2d').getImageData(0, 0, width, height).data];
    })()`);
  }

  /** Drops a file on the page. */
  async drop(name: string, bytes: Buffer, type = 'image/png'): Promise<void> {
    const [given, base64, kind] = [name, bytes.toString('base64'), type].map((one) =>
      JSON.stringify(one),
    );
    await this.page.evaluate(`(() => {
      const bytes = Uint8Array.from(atob(${base64}), (sign) => sign.charCodeAt(0));
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([bytes], ${given}, { type: ${kind} }));
      dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true }));
    })()`);
  }

  async close(): Promise<void> {
    assert.deepEqual(this.problems, []);
    await this.page.close();
  }
}
