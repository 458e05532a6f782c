import type { Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { GradbookError } from '../errors';
import { binding, type OutputInfo, tensorId } from './binding';
import { encodeGraph } from './graph-def';
import { graphOf, type Parameters } from './graph-of';
import type { Recording } from './recorder';
import type { Roles } from './roles';

let count = 0;

/**
 * Ops that were recorded, as one function of TensorFlow: one call of the binding. Dispose after use.
 */
export class RecordedFunction {
  private readonly name: string;
  private readonly parameters: Parameters;
  private readonly outputs: number;

  /** @throws GradbookError `not-a-function` when the recording cannot become a function */
  constructor(recording: Recording, roles: Roles) {
    if (recording.problem) throw new GradbookError(recording.problem, 'not-a-function');
    const { nodes, parameters, outputs, controlOutputs } = graphOf(recording, roles);
    this.name = `Gradbook${count++}`;
    this.parameters = parameters;
    this.outputs = outputs.length;
    const names = parameters.map(({ name }) => name);
    binding().addFunction(this.name, encodeGraph(nodes), names, outputs, controlOutputs);
  }

  /**
   * Runs it.
   *
   * @param inputs ids, as many as `roles.inputs`
   * @returns the ids of `roles.outputs`, to be deleted or made tensors by the caller
   */
  call(inputs: readonly number[]): OutputInfo[] {
    const made: number[] = [];
    const drawn = new Map<string, Uint8Array[]>();
    for (const parameter of this.parameters) {
      if (parameter.kind !== 'made') continue;
      drawn.set(parameter.name, []);
    }
    for (const { make, parameter } of this.makers()) drawn.get(parameter)!.push(bytesOf(make()));
    const ids = this.parameters.map((parameter) => {
      if (parameter.kind === 'input') return inputs[parameter.index]!;
      if (parameter.kind === 'variable') return tensorId(parameter.variable as Variable & Tensor);
      if (parameter.kind === 'kept') return parameter.id;
      const bytes = Buffer.concat(drawn.get(parameter.name)!);
      const own = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
      const values =
        parameter.dtype === binding().TF_INT32 ? new Int32Array(own) : new Float32Array(own);
      const id = binding().createTensor(parameter.shape, parameter.dtype, values);
      made.push(id);
      return id;
    });
    try {
      return binding().executeOp(this.name, [], ids, this.outputs);
    } finally {
      for (const id of made) binding().deleteTensor(id);
    }
  }

  /** Functions that make the values of each call, in the order in which the step uses them. */
  private makers() {
    return this.parameters
      .flatMap((parameter) => (parameter.kind === 'made' ? parameter.makers : []))
      .sort((a, b) => a.order - b.order);
  }

  dispose(): void {
    binding().removeFunction(this.name);
  }
}

function bytesOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
