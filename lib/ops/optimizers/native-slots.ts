import type { Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import type { KerasOptimizer, NativeUpdate, Slots } from './base';
import { deleteIds, idOf, Resource, release, run, scalarId } from './resource';

/** The updates of one step, their scalars made once for all variables. */
export class NativeStep {
  private readonly scalars = new Map<number, number>();

  constructor(readonly updates: NativeUpdate[]) {
    for (const { inputs } of updates) {
      for (const input of inputs) {
        if (typeof input === 'number' && !this.scalars.has(input)) {
          this.scalars.set(input, scalarId(input));
        }
      }
    }
  }

  idOf(value: number): number {
    return this.scalars.get(value)!;
  }

  dispose(): void {
    deleteIds(this.scalars.values());
  }
}

/** A variable's value and slots as resources that TensorFlow's training ops update in place. */
export class NativeSlots implements Slots {
  private readonly weight: Resource;
  private readonly slots: Record<string, Resource> = {};
  /** The id of the value that the variable was last given: another one means somebody assigned. */
  private published = -1;

  constructor(optimizer: KerasOptimizer, shape: number[], values?: Record<string, Float32Array>) {
    this.weight = new Resource(shape);
    const size = shape.reduce((a, b) => a * b, 1);
    for (const [slot, start] of Object.entries(optimizer.slotDefaults())) {
      const resource = new Resource(shape);
      resource.assign(values?.[slot] ?? new Float32Array(size).fill(start));
      this.slots[slot] = resource;
    }
  }

  update(variable: Variable, gradient: Tensor, step: NativeStep): void {
    const id = idOf(variable);
    if (id !== this.published) this.weight.assignId(id);
    const gradientId = idOf(gradient);
    release(variable);
    for (const { op, inputs, flags } of step.updates) {
      let value = -1;
      const ids = inputs.map((input) => {
        if (typeof input === 'number') return step.idOf(input);
        if (input === 'weight') return this.weight.handle;
        if (input === 'gradient') return gradientId;
        if (input === 'value') {
          value = this.weight.readId();
          return value;
        }
        return this.slots[input]!.handle;
      });
      run(op, ids, flags);
      if (value >= 0) deleteIds([value]);
    }
    this.published = this.weight.publish(variable);
  }

  values(): Record<string, Float32Array> {
    return Object.fromEntries(
      Object.entries(this.slots).map(([slot, resource]) => [slot, resource.values()]),
    );
  }

  dispose(): void {
    this.weight.dispose();
    for (const resource of Object.values(this.slots)) resource.dispose();
  }
}
