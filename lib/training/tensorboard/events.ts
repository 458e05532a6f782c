import { maskedCrc32c } from './crc32c';
import { bytesField, doubleField, floatField, intField, textField } from './fields';
import { bucketCount, histogramBuckets } from './histogram';

// TensorBoard reads TFRecord files of `Event` messages (tensorflow/core/util/event.proto): wall_time
// = 1, step = 2, file_version = 3, summary = 5. In a summary value = 1 with tag = 1, simple_value = 2,
// tensor = 8, metadata = 9. In a tensor dtype = 1, tensor_shape = 2, tensor_content = 4, string_val = 8.

/** The first record of a file. */
export function versionEvent(seconds: number): Buffer {
  return Buffer.concat([doubleField(1, seconds), textField(3, 'brain.Event:2')]);
}

/**
 * One scalar.
 *
 * @param seconds since 1970
 */
export function scalarEvent(tag: string, value: number, step: number, seconds: number): Buffer {
  return summaryEvent(tag, floatField(2, value), step, seconds);
}

/**
 * How the values are spread, as `tf.summary.histogram` writes it: 30 buckets of equal width.
 *
 * @param values of which those that are finite are counted
 */
export function histogramEvent(
  tag: string,
  values: ArrayLike<number>,
  step: number,
  seconds: number,
): Buffer {
  const rows = histogramBuckets(values);
  const content = Buffer.alloc(8 * rows.length);
  for (const [i, value] of rows.entries()) content.writeDoubleLE(value, 8 * i);
  const shape = shapeField(bucketCount, 3);
  const tensor = bytesField(8, intField(1, dataTypes.double), shape, bytesField(4, content));
  const value = Buffer.concat([tensor, metadata('histograms')]);
  return summaryEvent(tag, value, step, seconds);
}

/** A PNG file and its size in pixels. */
export interface PngPicture {
  png: Uint8Array;
  width: number;
  height: number;
}

/**
 * Images under one tag, as `tf.summary.image` writes them: strings of the width and height, then the
 * PNG files.
 *
 * @param images at least one, all of the first one's size
 */
export function imagesEvent(
  tag: string,
  pictures: readonly PngPicture[],
  step: number,
  seconds: number,
): Buffer {
  const { width, height } = pictures[0]!;
  const sizes = [width, height].map((size) => Buffer.from(String(size)));
  const strings = [...sizes, ...pictures.map(({ png }) => png)];
  const texts = strings.map((text) => bytesField(8, text));
  const tensor = bytesField(8, intField(1, dataTypes.text), shapeField(strings.length), ...texts);
  const value = Buffer.concat([tensor, metadata('images')]);
  return summaryEvent(tag, value, step, seconds);
}

/** Of tensorflow/core/framework/types.proto. */
const dataTypes = { double: 2, text: 7 } as const;

function summaryEvent(tag: string, value: Buffer, step: number, seconds: number): Buffer {
  return Buffer.concat([
    doubleField(1, seconds),
    intField(2, step),
    bytesField(5, bytesField(1, textField(1, tag), value)),
  ]);
}

function shapeField(...shape: readonly number[]): Buffer {
  return bytesField(2, ...shape.map((size) => bytesField(2, intField(1, size))));
}

/** Which of TensorBoard's dashboards shows the tensor. */
function metadata(plugin: string): Buffer {
  return bytesField(9, bytesField(1, textField(1, plugin)));
}

/** A message as a TFRecord: length, its checksum, the message, its checksum. */
export function record(message: Buffer): Buffer {
  const length = Buffer.alloc(12);
  length.writeBigUInt64LE(BigInt(message.length));
  length.writeUInt32LE(maskedCrc32c(length.subarray(0, 8)), 8);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(maskedCrc32c(message));
  return Buffer.concat([length, message, checksum]);
}
