import type { Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { changesEachStep } from '../../runtime';
import { LentValue } from './lent-value';
import { deleteIds, idOf, Resource, release, run, scalarId } from './resource';
import type { NativeUpdate, SlotOwner } from './types';

/** What one variable's update needs besides the gradient. */
export interface Slots {
  /** Updates `variable` by the gradient; `step` holds the values common to all variables in this step. */
  update(variable: Variable, gradient: Tensor, step: NativeStep): void;
  /** A copy of each slot. */
  values(): Record<string, Float32Array>;
  dispose(): void;
}

/** The updates of one step, their scalars made once for all variables. */
export class NativeStep {
  readonly updates: NativeUpdate[];
  private readonly scalars: (number | undefined)[][];

  /** @param compute the ops of a step; called again for each run of a recorded step */
  constructor(compute: () => NativeUpdate[]) {
    this.updates = compute();
    this.scalars = this.updates.map(({ inputs }, update) =>
      inputs.map((input, at) => {
        if (typeof input !== 'number') return undefined;
        const id = scalarId(input);
        changesEachStep(id, () => Float32Array.of(compute()[update]!.inputs[at] as number));
        return id;
      }),
    );
  }

  /** The id of the scalar that is input `at` of an update. */
  idOf(update: number, at: number): number {
    return this.scalars[update]![at]!;
  }

  dispose(): void {
    deleteIds(this.scalars.flat().filter((id): id is number => id !== undefined));
  }
}

/** A variable's value and slots as resources that TensorFlow's training ops update in place. */
export class NativeSlots implements Slots {
  private readonly weight: Resource;
  private readonly slots: Record<string, Resource> = {};
  /** The id of the value that the variable was last given: a different one means that the variable was assigned. */
  private published = -1;
  private lent: LentValue | undefined;

  constructor(optimizer: SlotOwner, shape: number[], values?: Record<string, Float32Array>) {
    this.weight = new Resource(shape);
    const size = shape.reduce((a, b) => a * b, 1);
    for (const [slot, start] of Object.entries(optimizer.slotDefaults())) {
      const resource = new Resource(shape);
      resource.assign(values?.[slot] ?? new Float32Array(size).fill(start));
      this.slots[slot] = resource;
    }
  }

  update(variable: Variable, gradient: Tensor, step: NativeStep): void {
    this.sync(variable);
    const gradientId = idOf(gradient);
    release(variable);
    for (const [place, { op, inputs, flags }] of step.updates.entries()) {
      let value = -1;
      const ids = inputs.map((input, at) => {
        if (typeof input === 'number') return step.idOf(place, at);
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

  /** The id of the resource that holds the variable. */
  get handle(): number {
    return this.weight.handle;
  }

  /** Copies the variable's value to the resource. Returns the value's id. */
  sync(variable: Variable): number {
    const id = idOf(variable);
    if (id !== this.published) this.weight.assignId(id);
    this.published = id;
    return id;
  }

  /**
   * Moves the variable's value to the resource, so that a function can update the resource in
   * place. The variable reads its value from the resource when it is needed.
   */
  lend(variable: Variable): void {
    if (this.lent?.isLentTo(variable)) return;
    this.sync(variable);
    this.lent = new LentValue(this.weight, variable, (id) => {
      this.published = id;
    });
  }

  values(): Record<string, Float32Array> {
    return Object.fromEntries(
      Object.entries(this.slots).map(([slot, resource]) => [slot, resource.values()]),
    );
  }

  dispose(): void {
    this.lent?.settle();
    this.weight.dispose();
    for (const resource of Object.values(this.slots)) resource.dispose();
  }
}
