import * as fs from 'node:fs';

/**
 * @typedef {{ name: string, env: Record<string, string> }} Machine a processor to emulate: what it
 *   is called in a table, and the environment variables that emulate it
 */

/**
 * oneDNN's names of instruction sets (`ONEDNN_MAX_CPU_ISA`), and a CPU flag that each needs. Without
 * AVX512_CORE_VNNI, which adds products of integers that nothing here takes.
 */
const known = [
  { isa: 'AVX2', flag: 'avx2' },
  { isa: 'AVX512_CORE', flag: 'avx512bw' },
  { isa: 'AVX512_CORE_BF16', flag: 'avx512_bf16' },
];

/**
 * @param {string} [cpuInfo] content of `/proc/cpuinfo`; default this machine's, empty where there
 *   is none
 * @returns {string[]} the instruction sets that this processor has, the lowest first
 */
export function instructionSets(cpuInfo) {
  const file = '/proc/cpuinfo';
  const text = cpuInfo ?? (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '');
  const flags = new Set(/^flags\s*:(.*)$/m.exec(text)?.[1]?.trim().split(/\s+/));
  return known.filter(({ flag }) => flags.has(flag)).map(({ isa }) => isa);
}

/**
 * @param {string | undefined} isa undefined: all of the processor
 * @param {'0' | '1' | undefined} oneDnn `TF_ENABLE_ONEDNN_OPTS`; undefined: not set
 * @param {number} threads
 * @returns {Machine}
 */
function machine(isa, oneDnn, threads) {
  const count = String(threads);
  return {
    name: `${isa ?? 'as it is'}, TF_ENABLE_ONEDNN_OPTS ${oneDnn ?? 'unset'}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    env: {
      ...(isa && { ONEDNN_MAX_CPU_ISA: isa }),
      ...(oneDnn && { TF_ENABLE_ONEDNN_OPTS: oneDnn }),
      TF_NUM_INTRAOP_THREADS: count,
      OMP_NUM_THREADS: count,
    },
  };
}

/**
 * @param {string[]} sets instruction sets of this processor
 * @returns {Machine[]} every instruction set, TensorFlow's own choice of oneDNN unset, off and on,
 *   one and two threads
 */
export function allMachines(sets) {
  // The highest set is the processor itself.
  const lower = sets.slice(0, -1);
  return [...lower, undefined].flatMap((isa) =>
    /** @type {const} */ ([undefined, '0', '1']).flatMap((oneDnn) =>
      [1, 2].map((threads) => machine(isa, oneDnn, threads)),
    ),
  );
}

/**
 * @param {string[]} sets instruction sets of this processor
 * @returns {Machine[]} the two that differ most: the lowest set with one thread, and all sets with
 *   two, where TensorFlow uses oneDNN by itself
 */
export function shortMachines(sets) {
  return [machine(sets[0], '0', 1), machine(undefined, '1', 2)];
}
