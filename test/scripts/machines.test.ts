import * as assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as machines from '../../scripts/test/machines.mjs';

const flags = (text: string) => `processor\t: 0\nflags\t\t: fpu ${text}\nbugs\t\t:\n`;

describe('machines to emulate', () => {
  it('are those that the processor has, the lowest first', () => {
    const { instructionSets } = machines;
    assert.deepEqual(instructionSets(flags('avx avx2')), ['AVX2']);
    assert.deepEqual(instructionSets(flags('avx2 avx512bw avx512_vnni avx512_bf16')), [
      'AVX2',
      'AVX512_CORE',
      'AVX512_CORE_BF16',
    ]);
    assert.deepEqual(instructionSets(''), []);
  });

  it('cover every set, TensorFlow’s choice and number of threads once', () => {
    const all = machines.allMachines(['AVX2', 'AVX512_CORE']);
    assert.equal(all.length, 12);
    assert.equal(new Set(all.map(({ name }) => name)).size, 12);
    assert.equal(all.filter(({ env }) => env['ONEDNN_MAX_CPU_ISA'] === 'AVX2').length, 6);
    assert.equal(all.filter(({ env }) => !('TF_ENABLE_ONEDNN_OPTS' in env)).length, 4);
    // A processor with AVX2 only, and an unknown one.
    assert.equal(machines.allMachines(['AVX2']).length, 6);
    assert.equal(machines.allMachines([]).length, 6);
  });

  it('in short are the two that differ most', () => {
    const [low, high] = machines.shortMachines(['AVX2', 'AVX512_CORE']);
    assert.deepEqual(low?.env, {
      ONEDNN_MAX_CPU_ISA: 'AVX2',
      TF_ENABLE_ONEDNN_OPTS: '0',
      TF_NUM_INTRAOP_THREADS: '1',
      OMP_NUM_THREADS: '1',
    });
    assert.equal(high?.env['TF_ENABLE_ONEDNN_OPTS'], '1');
    assert.ok(!('ONEDNN_MAX_CPU_ISA' in high!.env));
  });
});
