import * as fs from 'node:fs';
import { run } from './command.mjs';
import { hashOfFiles } from './files.mjs';
import { stampHolds, writeStamp } from './stamp.mjs';
import { inWorkspace } from './workspace.mjs';

const stamp = inWorkspace('node_modules', '.gradbook.json');

/** Packages without which nothing runs; one that is gone is noticed. */
const witnesses = [
  '@tensorflow/tfjs-node-gpu',
  'danfojs-node',
  'plotly.js',
  'sharp',
  'tslab',
  'tsx',
];

function made() {
  return {
    lock: hashOfFiles(
      inWorkspace('package-lock.json'),
      inWorkspace('package.json'),
      inWorkspace('.npmrc'),
    ),
    node: `${process.platform} ${process.arch} ABI ${process.versions.modules}`,
  };
}

/** npm's packages, from the lockfile, without install scripts. */
export const packages = {
  name: 'npm packages',

  isDone() {
    return (
      stampHolds(stamp, made()) &&
      witnesses.every((name) => fs.existsSync(inWorkspace('node_modules', name, 'package.json')))
    );
  },

  async run() {
    fs.rmSync(stamp, { force: true });
    const flags = [
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--include=dev',
      '--include=optional',
    ];
    await run('npm', ['ci', ...flags], { what: 'npm packages', log: 'npm.log' });
    writeStamp(stamp, made());
    return undefined;
  },
};
