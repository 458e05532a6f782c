import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { ExportedFiles } from '../export-types';
import { graphOf } from '../graph';
import { onnxModel } from './messages';
import { OnnxWriter } from './writer';

/**
 * A model as an ONNX file for inference, of operator set 17 and with the batch free. Inputs and
 * outputs have their channels last, as here: the same arrays go in.
 *
 * @throws GradbookError `unsupported-layer`
 */
export async function onnxFile(model: LayersModel): Promise<ExportedFiles> {
  return new Map([['', onnxModel(new OnnxWriter().write(graphOf(model)))]]);
}
