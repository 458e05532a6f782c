import * as fs from 'node:fs';
import { ask } from '../setup/command.mjs';
import { bindingFile } from '../setup/workspace.mjs';

const trial = `
  const { bfloat16Gain, resolvePrecision } = require('./lib/ops');
  const { engineInfo } = require('./lib/runtime');
  const { device } = engineInfo();
  const gain = device === 'CPU' ? bfloat16Gain() : undefined;
  console.log(JSON.stringify({ auto: resolvePrecision('auto'), gain }));
`;

/**
 * What `precision: 'auto'` is on this machine, tried out.
 *
 * @returns {import('./check.mjs').Check[]} none where TensorFlow is not set up
 */
export function precisionChecks() {
  if (!fs.existsSync(bindingFile)) return [];
  const { ok, output } = ask(process.execPath, ['--import', 'tsx', '-e', trial], {
    timeout: 120_000,
  });
  const last = output.split('\n').at(-1) ?? '';
  if (!ok || !last.startsWith('{')) return [];
  const { auto, gain } = JSON.parse(last);
  return [{ name: 'precision', value: `auto is ${auto}${tried(gain)}` }];
}

/** @param {number | undefined} gain */
function tried(gain) {
  if (gain === undefined) return '';
  if (gain === 0) return ' (bfloat16 does not work here)';
  return ` (a convolution in bfloat16 is ${gain.toFixed(1)} times as fast as in float32)`;
}
