// Many short runs in a row, each with its own kernel, to find the one that hangs:
// npx tsx test/run/soak.ts [runs] [side by side]

import { findKernelSpec } from '../../lib/jupyter/client/kernel-spec';
import { executeNotebook } from '../../lib/run/execute/execute-notebook';
import { notebookOf } from './notebooks';

const [runs = 200, lanes = 1] = process.argv.slice(2).map(Number);
const spec = findKernelSpec('gradbook');
const seconds: number[] = [];
const problems: string[] = [];

async function once(run: number): Promise<void> {
  const notebook = notebookOf([
    `console.log(${run});`,
    'await new Promise((resolve) => setTimeout(resolve, 10));',
    'for (let i = 0; i < 100; i++) console.log(i);',
  ]);
  const result = await executeNotebook(notebook, {
    name: `run ${run}`,
    spec,
    parameters: {},
    // A busy machine is slow; only a hang takes that long.
    cellTimeout: 300,
    kernel: { attempts: 1, startTimeout: 300 },
  });
  const printed = notebook.cells[2]!.outputs?.[0];
  const lines = printed?.output_type === 'stream' ? printed.text.split('\n').length : 0;
  seconds.push(result.seconds);
  const problem =
    result.status !== 'passed'
      ? result.failure?.message
      : lines !== 101 && `${lines} lines of 101 arrived`;
  if (problem) {
    problems.push(`${run}: ${problem}`);
    console.log(problems[problems.length - 1]);
  }
  if (run % 10 === 0) console.log(`${run} runs, ${problems.length} problems`);
}

async function main(): Promise<void> {
  let next = 1;
  const lane = async () => {
    while (next <= runs) await once(next++);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  seconds.sort((a, b) => a - b);
  const at = (part: number) => seconds[Math.floor(part * (seconds.length - 1))];
  console.log(`${runs} runs: median ${at(0.5)} s, longest ${at(1)} s`);
  console.log(
    problems.length ? `${problems.length} problems` : 'no hang, no failure, no line lost',
  );
  process.exit(problems.length ? 1 : 0);
}

void main();
