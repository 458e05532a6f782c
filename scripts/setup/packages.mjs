import * as fs from 'node:fs';
import { run } from './command.mjs';
import { hashOf, hashOfFiles, readJson } from './files.mjs';
import { stampHolds, writeStamp } from './stamp.mjs';
import { inWorkspace } from './workspace.mjs';

const stamp = inWorkspace('node_modules', '.gradbook.json');

/** Required packages, whose presence is checked. */
const witnesses = [
  '@tensorflow/tfjs-node-gpu',
  'danfojs-node',
  'plotly.js',
  'sharp',
  'tslab',
  'tsx',
];

/** The dependencies in package.json; changes of other fields need no installation. */
function wanted() {
  const { dependencies, devDependencies, optionalDependencies, overrides } =
    readJson(inWorkspace('package.json')) ?? {};
  return JSON.stringify([dependencies, devDependencies, optionalDependencies, overrides]);
}

function made() {
  return {
    lock: hashOf(hashOfFiles(inWorkspace('package-lock.json'), inWorkspace('.npmrc')), wanted()),
    node: `${process.platform} ${process.arch} ABI ${process.versions.modules}`,
  };
}

/** npm's packages, from the lockfile, without install scripts. */
export const packages = {
  name: 'npm packages',
  needsTools: true,

  isDone() {
    return (
      stampHolds(stamp, made()) &&
      witnesses.every((name) => fs.existsSync(inWorkspace('node_modules', name, 'package.json')))
    );
  },

  async run() {
    fs.rmSync(stamp, { force: true });
    const what = { what: 'npm packages', log: 'npm.log' };
    // npm ci takes minutes to fail without a network; this takes seconds.
    await run('npm', ['view', 'tsx', 'version', '--prefer-offline', '--fetch-retries=1'], what);
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
    await run('npm', ['ci', ...flags, '--include=dev', '--include=optional'], what);
    writeStamp(stamp, made());
    return undefined;
  },
};
