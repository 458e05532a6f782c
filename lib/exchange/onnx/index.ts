import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { ExportedFiles } from '../export-types';
import { graphOf } from '../graph';
import { onnxModel } from './messages';
import { OnnxWriter } from './writer';

/**
 * A model as an ONNX file for inference, of operator set 17 with a dynamic batch dimension. Inputs
 * and outputs are channels last, as here.
 *
 * @throws GradbookError `unsupported-layer`
 */
export async function onnxFile(model: LayersModel): Promise<ExportedFiles> {
  return new Map([['', onnxModel(new OnnxWriter().write(graphOf(model)))]]);
}
