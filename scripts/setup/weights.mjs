import * as fs from 'node:fs';
import * as path from 'node:path';
import { run } from './command.mjs';
import { hashOfFiles } from './files.mjs';
import { SetupProblem } from './problem.mjs';
import { stampHolds, writeStamp } from './stamp.mjs';
import { inWorkspace, logFolder, root } from './workspace.mjs';

const fetcher = inWorkspace('scripts', 'fetch-weights.ts');
const stamp = path.join(logFolder, 'weights.json');

/** Where the weights are kept. */
export function weightsFolder() {
  const cache = path.resolve(root, process.env['GRADBOOK_CACHE'] || '.cache');
  return path.join(cache, 'weights', 'mobilenet_1.00_224');
}

/** The sizes of the two files, to detect missing or truncated ones. */
function sizes() {
  return ['model.json', 'weights.bin']
    .map((name) => fs.statSync(path.join(weightsFolder(), name), { throwIfNoEntry: false })?.size)
    .join(' ');
}

/** Whether there are MobileNet weights, downloaded or the user's own. */
export function hasWeights() {
  return Boolean(process.env['GRADBOOK_WEIGHTS']) || /^[1-9]\d* [1-9]\d*$/.test(sizes());
}

function made() {
  return { fetcher: hashOfFiles(fetcher), folder: weightsFolder(), files: sizes() };
}

/** MobileNet's ImageNet weights. Most notebooks do not need them, so a failure does not end the set-up. */
export const weights = {
  name: 'MobileNet weights',

  isDone() {
    if (!fs.existsSync(fetcher) || process.env['GRADBOOK_WEIGHTS']) return true;
    return hasWeights() && stampHolds(stamp, made());
  },

  async run() {
    try {
      await run(process.execPath, ['--import', 'tsx', fetcher], {
        what: 'MobileNet weights',
        log: 'weights.log',
      });
    } catch (error) {
      if (!(error instanceof SetupProblem)) throw error;
      const [reason] = error.message.split('\n');
      return {
        warning: `${reason} Only the notebooks that use MobileNet need them.`,
      };
    }
    writeStamp(stamp, made());
    return undefined;
  },
};
