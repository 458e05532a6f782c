import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { GradbookError, inWorkspace } from '../runtime';
import type { Figure, Picture } from './types';

export interface RenderOptions {
  /** Screen pixels for a pixel of the figure. Default 2. */
  scale?: number;
  /** Seconds until a renderer without output is terminated. Default 60. */
  timeout?: number;
}

/**
 * Renders plotly figures as PNG by kaleido 0.2.1 of the workspace's Python environment, which
 * includes a browser. It starts once per call (about two seconds).
 *
 * @throws GradbookError `no-renderer` where kaleido is not installed, `render-failed`
 */
export async function renderPng(
  figures: readonly Figure[],
  options: RenderOptions = {},
): Promise<Picture[]> {
  const scale = options.scale ?? 2;
  const child = spawn(executable(), rendererArguments(), { stdio: ['pipe', 'pipe', 'ignore'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), 1000 * (options.timeout ?? 60));
  const ended = once(child, 'close');
  try {
    const requests = figures.map(({ data, layout }) =>
      JSON.stringify({ data: { data, layout }, format: 'png', scale }),
    );
    child.stdin.on('error', () => {});
    child.stdin.end(`${requests.join('\n')}\n`);
    const chunks: Buffer[] = [];
    for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
    await ended;
    const answers = Buffer.concat(chunks).toString('utf8').split('\n').filter(Boolean).slice(1);
    return figures.map((figure, i) => pictureOf(figure, answers[i], scale));
  } finally {
    clearTimeout(timer);
    child.kill();
  }
}

function pictureOf(figure: Figure, answer: string | undefined, scale: number): Picture {
  const { code, message, result } = answer
    ? (JSON.parse(answer) as { code: number; message: string | null; result: string | null })
    : { code: 1, message: 'kaleido ended without a reply', result: null };
  if (code !== 0 || !result) {
    throw new GradbookError(
      `the figure "${figure.alt.slice(0, 60)}" could not be rendered: ${message ?? `code ${code}`}`,
      'render-failed',
    );
  }
  const { width = 700, height = 450 } = figure.layout as { width?: number; height?: number };
  return {
    png: Buffer.from(result, 'base64'),
    width: Math.round(width * scale),
    height: Math.round(height * scale),
    alt: figure.alt,
  };
}

function rendererArguments(): string[] {
  const plotly = require.resolve('plotly.js/dist/plotly.min.js');
  return ['plotly', '--disable-gpu', '--single-process', '--no-sandbox', `--plotlyjs=${plotly}`];
}

/** Kaleido's executable in `.venv`, for any version of Python. */
function executable(): string {
  const lib = inWorkspace('.venv/lib');
  const versions = fs.existsSync(lib) ? fs.readdirSync(lib) : [];
  const found = versions
    .map((version) => `${lib}/${version}/site-packages/kaleido/executable/kaleido`)
    .find((file) => fs.existsSync(file));
  if (!found) {
    throw new GradbookError(
      `no kaleido in ${inWorkspace('.venv')}: run \`npm run setup\`, which installs kaleido 0.2.1`,
      'no-renderer',
    );
  }
  return found;
}
