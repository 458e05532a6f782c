import { tf } from '../engine';
import { sharedState } from '../shared-state';
import { type Attribute, type Binding, nodeBackend, type OutputInfo } from './binding';

/** A tensor that JavaScript made. */
export interface RecordedConstant {
  kind: 'constant';
  shape: readonly number[];
  dtype: number;
  /** A copy. */
  values: Uint8Array;
  id: number;
  /** Makes the values for each call; undefined for constants. */
  make?: () => ArrayBufferView;
}

/** An op that TensorFlow ran. */
export interface RecordedOp {
  kind: 'op';
  name: string;
  attributes: readonly Attribute[];
  /** Ids of tensors. */
  inputs: readonly number[];
  outputs: OutputInfo[];
  layer: string;
}

/** Everything that passed through the binding, in order. */
export interface Recording {
  entries: (RecordedConstant | RecordedOp)[];
  /** Why it cannot become a function, with the layer's name; undefined if it can. */
  problem?: string;
}

interface Recorder {
  recording: Recording;
  layers: string[];
  /** The binding without the recorder. */
  real: Binding;
  /** The number that the next scalar equals, but for its sign. */
  awaited?: (() => number) | undefined;
}

const state = sharedState('op-recorder', () => ({ current: undefined as Recorder | undefined }));

/** Whether ops are being recorded. */
export function isRecording(): boolean {
  return state.current !== undefined;
}

/**
 * Marks a tensor that was just created as changing in every step, such as seeds and learning rates.
 * Has no effect outside a recording.
 *
 * @param id of the tensor's data in TensorFlow
 * @param make the values for the next step: of the same type and length
 */
export function changesEachStep(id: number, make: () => ArrayBufferView): void {
  const found = state.current?.recording.entries.find(
    (entry): entry is RecordedConstant => entry.kind === 'constant' && entry.id === id,
  );
  if (found) found.make = make;
}

/**
 * Marks the next scalar that equals a number, or the number with the other sign, as changing in
 * every step: for code of tfjs that hands a number to an op. Has no effect outside a recording.
 *
 * @param value the number, then and at each run
 */
export function nextScalarChanges(value: () => number): void {
  if (state.current) state.current.awaited = value;
}

/** Makes an awaited scalar; undefined for any other constant. */
function makerOf(recorder: Recorder, shape: readonly number[], values: ArrayBufferView) {
  const { awaited } = recorder;
  if (!awaited || shape.length > 0 || !(values instanceof Float32Array)) return undefined;
  const [now, value] = [Math.fround(awaited()), values[0]];
  if (value !== now && value !== -now) return undefined;
  recorder.awaited = undefined;
  const sign = value === now ? 1 : -1;
  return () => Float32Array.of(sign * awaited());
}

/** Runs ops normally and records them. The first `problem` is kept; recording continues. */
export function record<T>(run: () => T): { result: T; recording: Recording } {
  const backend = nodeBackend();
  const real = backend.binding;
  const recorder: Recorder = { recording: { entries: [] }, layers: [], real };
  const { entries } = recorder.recording;
  const problem = (what: string) => {
    const layer = recorder.layers.at(-1);
    recorder.recording.problem ??= layer ? `layer ${layer} ${what}` : `the step ${what}`;
  };
  const watching: Partial<Binding> = {
    executeOp(name, attributes, inputs, count) {
      const outputs = real.executeOp(name, attributes, inputs, count);
      const layer = recorder.layers.at(-1) ?? '';
      entries.push({ kind: 'op', name, attributes, inputs: [...inputs], outputs, layer });
      return outputs;
    },
    createTensor(shape, dtype, values) {
      const id = real.createTensor(shape, dtype, values);
      if (!ArrayBuffer.isView(values)) {
        problem('makes strings');
        return id;
      }
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
      const make = makerOf(recorder, shape, values);
      const constant = { kind: 'constant', shape: [...shape], dtype, values: bytes, id } as const;
      entries.push(make ? { ...constant, make } : constant);
      return id;
    },
    tensorDataSync(id) {
      problem('reads values on the host');
      return real.tensorDataSync(id);
    },
  };
  const members = Object.entries(watching).map(([name, value]) => [name, { value }]);
  backend.binding = Object.create(real, Object.fromEntries(members)) as Binding;
  const unwatch = watchLayers(recorder.layers);
  state.current = recorder;
  try {
    return { result: run(), recording: recorder.recording };
  } finally {
    state.current = undefined;
    unwatch();
    backend.binding = real;
  }
}

/**
 * Runs what does not belong to the step that is being recorded, such as a trial that is made when
 * its answer is first needed. No tensor of it may be used outside of `run`.
 */
export function unrecorded<T>(run: () => T): T {
  const recorder = state.current;
  if (!recorder) return run();
  const backend = nodeBackend();
  const { binding } = backend;
  backend.binding = recorder.real;
  state.current = undefined;
  try {
    return run();
  } finally {
    state.current = recorder;
    backend.binding = binding;
  }
}

/** Keeps the names of the layers that are being applied, the innermost last. */
function watchLayers(names: string[]): () => void {
  const prototype = tf.layers.Layer.prototype as unknown as {
    apply(this: { name: string }, ...args: unknown[]): unknown;
  };
  const { apply } = prototype;
  prototype.apply = function (...args) {
    names.push(this.name);
    try {
      return apply.apply(this, args);
    } finally {
      names.pop();
    }
  };
  return () => {
    prototype.apply = apply;
  };
}
