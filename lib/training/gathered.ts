import type { Tensor } from '@tensorflow/tfjs-node-gpu';

/** Outputs of a model for many examples, row after row. */
export interface Predictions {
  values: Float32Array;
  shape: number[];
}

/** Outputs of batches, put together. */
export class Gathered {
  private readonly outputs: { values: Float32Array; inner: number[]; filled: number }[] = [];
  private rows = 0;

  /** @param count how many rows there will be; null where nobody knows, and room is made as they come */
  constructor(private readonly count: number | null) {}

  /** What takes the outputs of the next batch, as `ReadBehind` calls it. */
  take(size: number): (values: Float32Array, output: Tensor, index: number) => void {
    return (values, output, index) => {
      if (index === 0) this.rows += size;
      this.outputs[index] ??= {
        values: new Float32Array((values.length / size) * (this.count ?? size)),
        inner: output.shape.slice(1),
        filled: 0,
      };
      const found = this.outputs[index];
      const needed = found.filled + values.length;
      if (needed > found.values.length) {
        const larger = new Float32Array(2 * needed);
        larger.set(found.values.subarray(0, found.filled));
        found.values = larger;
      }
      found.values.set(values, found.filled);
      found.filled = needed;
    };
  }

  /** All rows of each output. */
  all(): Predictions[] {
    return this.outputs.map(({ values, inner, filled }) => ({
      values: filled === values.length ? values : values.slice(0, filled),
      shape: [this.rows, ...inner],
    }));
  }
}
