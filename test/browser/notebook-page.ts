import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { profileValues } from '../../lib/run/plan/profiles';
import { inWorkspace } from '../../lib/runtime';
import { type Lab, pictures } from './lab';

/** Time limit in milliseconds of any wait: busy machines are slow. */
const patience = 500_000;

// Expressions that are evaluated in the page, as strings, since the workspace is not compiled for
// browsers.

/** The kernel is connected and idle. */
const idle =
  "window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'";

/** The prompts of the code cells: `[*]:` where one runs or is queued. */
const prompts =
  "[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map((prompt) => prompt.textContent ?? '')";

/** Every figure is drawn and every image is loaded. */
const drawn = `[...document.querySelectorAll('.jp-RenderedPlotly')].every((figure) =>
    figure.querySelector('.main-svg')) &&
  [...document.querySelectorAll('.jp-OutputArea img')].every((image) => image.complete)`;

interface NotebookFile {
  cells: { cell_type: string; source: string | string[]; metadata: { tags?: string[] } }[];
}

/** The properties read of an `<img>`. */
interface Img {
  complete: boolean;
  naturalWidth: number;
  getBoundingClientRect(): { width: number };
}

/** A notebook open in JupyterLab. */
export class NotebookPage {
  /** Errors in the page's console. */
  readonly complaints: string[] = [];

  private constructor(
    private readonly lab: Lab,
    readonly page: Page,
    private readonly name: string,
  ) {}

  /** Opens a copy of one of the workspace's notebooks, with the parameters of a profile. */
  static openCopy(lab: Lab, name: string, profile: 'smoke' | 'full') {
    const file = inWorkspace('notebooks', name);
    const parameters = profileValues(file, profile);
    const notebook = JSON.parse(fs.readFileSync(file, 'utf8')) as NotebookFile;
    const at = notebook.cells.findIndex((cell) => cell.metadata.tags?.includes('parameters'));
    const source = Object.entries(parameters)
      .map(([key, value]) => `${key} = ${JSON.stringify(value)};`)
      .join('\n');
    const cell = { cell_type: 'code', id: 'set-by-test', metadata: {}, source };
    notebook.cells.splice(at + 1, 0, { ...cell, execution_count: null, outputs: [] } as never);
    return NotebookPage.openFile(lab, name, notebook);
  }

  /** Opens a new notebook with these code cells and their outputs. */
  static openCells(
    lab: Lab,
    name: string,
    sources: readonly string[],
    outputs: readonly object[][] = [],
  ) {
    const cells = sources.map((source, i) => ({
      ...{ cell_type: 'code', id: `cell-${i}`, metadata: {}, source },
      ...{ execution_count: null, outputs: outputs[i] ?? [] },
    }));
    const kernelspec = {
      name: 'gradbook',
      display_name: 'TypeScript (gradbook)',
      language: 'typescript',
    };
    const notebook = { cells, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 };
    return NotebookPage.openFile(lab, name, notebook);
  }

  private static async openFile(lab: Lab, name: string, notebook: object): Promise<NotebookPage> {
    fs.writeFileSync(inWorkspace(lab.folder, name), JSON.stringify(notebook));
    const page = await lab.open(name);
    page.setDefaultTimeout(patience);
    const opened = new NotebookPage(lab, page, name);
    page.on('console', (message) => {
      if (message.type() === 'error') opened.complaints.push(message.text());
    });
    page.on('pageerror', (error) => opened.complaints.push(String(error)));
    await page.locator('.jp-Notebook .jp-CodeCell').first().waitFor();
    await opened.until('Boolean(window.jupyterapp)');
    await page.evaluate('window.jupyterapp.restored.then(() => {})');
    await opened.idle();
    return opened;
  }

  cell(index: number): Locator {
    return this.page.locator('.jp-Notebook .jp-CodeCell').nth(index);
  }

  /** Chooses an entry of the menu bar. */
  async menu(title: string, entry: RegExp): Promise<void> {
    await this.page.locator('.lm-MenuBar-itemLabel', { hasText: new RegExp(`^${title}$`) }).click();
    await this.page.locator('.lm-Menu-item', { hasText: entry }).first().click();
  }

  /** Runs all cells and waits for the end. */
  async runAll(): Promise<void> {
    await this.menu('Run', /^Run All Cells/);
    await this.until(`${prompts}.some((prompt) => /[0-9*]/.test(prompt))`);
    await this.finished();
  }

  /** Runs one cell, and waits until it has begun. */
  async run(index: number): Promise<void> {
    const prompt = `${prompts}[${index}]`;
    const before = await this.page.evaluate(prompt);
    await this.cell(index).locator('.cm-content').click();
    await this.page.keyboard.press('Control+Enter');
    await this.until(`${prompt} !== ${JSON.stringify(before)}`);
  }

  /** Waits until figures are drawn and images are loaded. */
  async drawn(): Promise<void> {
    await this.until(drawn);
  }

  /** Scrolls through the notebook; returns the milliseconds of each frame. */
  async scroll(): Promise<number[]> {
    const code = `(async () => {
      const parts = [...document.querySelectorAll('.jp-Notebook, .jp-Notebook .jp-WindowedPanel-outer')];
      const part = parts.find((part) => part.scrollHeight > part.clientHeight + 1);
      const frame = () => new Promise((next) => requestAnimationFrame(next));
      const times = [];
      let before = await frame();
      for (part.scrollTop = 0; part.scrollTop + part.clientHeight < part.scrollHeight - 1; ) {
        part.scrollTop += 120;
        const now = await frame();
        times.push(now - before);
        before = now;
      }
      return times;
    })()`;
    return (await this.page.evaluate(code)) as number[];
  }

  /** Waits until no cell runs or is queued, and their outputs are drawn. */
  async finished(): Promise<void> {
    const over = `!${prompts}.some((prompt) => prompt.includes('*'))`;
    await this.until(`${idle} && ${over} && ${drawn}`);
    // One more frame, so that the last drawing is on the screen.
    await this.page.evaluate(
      'new Promise((next) => requestAnimationFrame(() => setTimeout(next)))',
    );
  }

  /** Waits until the kernel is connected and idle. */
  async idle(): Promise<void> {
    await this.until(idle);
  }

  /** Waits until an expression holds in the page. */
  async until(expression: string): Promise<void> {
    await this.page.waitForFunction(`Boolean(${expression})`, undefined, {
      timeout: patience,
      polling: 100,
    });
  }

  /** Text of a cell's outputs. */
  async text(index: number): Promise<string> {
    return (await this.cell(index).locator('.jp-OutputArea').allInnerTexts()).join('\n');
  }

  /** Errors that cells show. */
  errors(): Promise<string[]> {
    return this.page
      .locator(
        '.jp-RenderedText[data-mime-type="application/vnd.jupyter.stderr"], .jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]',
      )
      .allInnerTexts();
  }

  /** Figures with the number of marks that are drawn and have a size on the screen. */
  figures(): Promise<{ title: string; width: number; height: number; marks: number }[]> {
    return this.page.locator('.js-plotly-plot').evaluateAll((plots) =>
      plots.map((plot) => {
        const box = plot.getBoundingClientRect();
        const kinds =
          '.trace path, .trace image, .points path, .bars path, .js-line, .heatmaplayer image, .hm image, .slice path, .parcoords canvas, .sankey path, .shapelayer path';
        const drawn = [...plot.querySelectorAll(kinds)].filter((mark) => {
          const { width, height } = mark.getBoundingClientRect();
          return width > 0 || height > 0;
        });
        const canvases = [...plot.querySelectorAll('canvas')].filter((canvas) => canvas.width > 0);
        return {
          title: plot.querySelector('.gtitle')?.textContent ?? '',
          width: box.width,
          height: box.height,
          marks: drawn.length + canvases.length,
        };
      }),
    );
  }

  /** Images in the outputs, with the size of their pixels and on the screen. */
  images(): Promise<{ natural: number; shown: number }[]> {
    // Without the hidden images of plots.
    const outputs = '.jp-RenderedImage img, .jp-RenderedHTMLCommon.jp-OutputArea-output img';
    return this.page.locator(outputs).evaluateAll((images) =>
      (images as unknown as Img[]).map((image) => ({
        natural: image.complete ? image.naturalWidth : 0,
        shown: image.getBoundingClientRect().width,
      })),
    );
  }

  /** Outputs that are wider than their container, with the widths in pixels. */
  overflows(): Promise<string[]> {
    return this.page.locator('.jp-OutputArea-output').evaluateAll((outputs) =>
      outputs
        .filter((output) => output.scrollWidth > output.clientWidth + 1)
        .map(({ className, scrollWidth, clientWidth, textContent }) => {
          const text = (textContent ?? '').trim().slice(0, 60);
          return `${className} ${scrollWidth} > ${clientWidth}: ${text}`;
        }),
    );
  }

  /** Saves the notebook; returns its size in megabytes. */
  async size(): Promise<number> {
    await this.page.evaluate(
      "window.jupyterapp.commands.execute('docmanager:save').then(() => {})",
    );
    return Math.round(fs.statSync(this.file).size / 1e4) / 100;
  }

  /** Saves a screenshot of the whole notebook. */
  async screenshot(name: string): Promise<void> {
    fs.mkdirSync(pictures, { recursive: true });
    const scrolled = this.page.locator('.jp-Notebook, .jp-Notebook .jp-WindowedPanel-outer');
    const heights = await scrolled.evaluateAll((parts) => parts.map((part) => part.scrollHeight));
    const height = Math.max(800, ...heights);
    await this.page.setViewportSize({ width: 1280, height: Math.min(16_000, height + 200) });
    await scrolled.evaluateAll((parts) => {
      for (const part of parts) part.scrollTop = 0;
    });
    await this.page.waitForTimeout(1500);
    await this.page.screenshot({ path: path.join(pictures, `${name}.png`) });
    await this.page.setViewportSize({ width: 1280, height: 1000 });
  }

  /** Path of the notebook, for tests that read the saved file. */
  get file(): string {
    return inWorkspace(this.lab.folder, this.name);
  }
}
