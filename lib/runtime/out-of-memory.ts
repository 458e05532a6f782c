import { spawnSync } from 'node:child_process';
import { engineInfo } from './engine';
import { GradbookError } from './errors';

/** TensorFlow's message when a device has no memory left for a tensor. */
const said = /TF_Status: 8\b|OOM when allocating|ran out of memory|failed to allocate memory/i;

/** The allocation that failed, such as `[32,224,224,64]`. */
const shape = /allocating tensor with shape(\[[\d,\s]*\])/i;

/** A program that holds memory of a GPU. */
export interface CardProcess {
  pid: number;
  name: string;
  /** MiB. */
  memory: number;
}

/** Reads `nvidia-smi --query-compute-apps=pid,process_name,used_memory --format=csv,noheader,nounits`. */
export function parseCardProcesses(output: string): CardProcess[] {
  return output.split('\n').flatMap((line) => {
    const [pid, name, memory] = line.split(',').map((cell) => cell.trim());
    const found = { pid: Number(pid), name: name ?? '', memory: Number(memory) };
    return Number.isInteger(found.pid) && found.pid > 0 && name ? [found] : [];
  });
}

/** The programs that hold memory of NVIDIA GPUs; none where there is no GPU. */
function cardProcesses(): CardProcess[] {
  const query = ['--query-compute-apps=pid,process_name,used_memory'];
  const { status, stdout } = spawnSync('nvidia-smi', [...query, '--format=csv,noheader,nounits'], {
    encoding: 'utf8',
    timeout: 10_000,
  });
  return status === 0 ? parseCardProcesses(stdout) : [];
}

/** A sentence on other programs that use memory of the GPU; empty if there are none. */
export function othersOnCard(processes: readonly CardProcess[], own = process.pid): string {
  const others = processes.filter(({ pid }) => pid !== own);
  if (others.length === 0) return '';
  const list = others.map(
    ({ pid, name, memory }) => `${name} (process ${pid}${memory > 0 ? `, ${memory} MiB` : ''})`,
  );
  return `. Other programs use the GPU: ${list.join(', ')}`;
}

/**
 * The error to throw in place of one that came from computing batches: a clear one when a device had
 * no memory left, else the same.
 *
 * @param batchSize the batch size to reduce
 * @param what the operation, such as `training cnn`
 * @returns a GradbookError `out-of-memory` that names the batch size, the tensor that could not be
 *   allocated and, on a GPU, the other programs that use it
 */
export function explainMemory(error: unknown, batchSize: number, what: string): unknown {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof GradbookError || !said.test(message)) return error;
  const device = engineInfo().device;
  const tensor = shape.exec(message)?.[1]?.replaceAll(',', ', ');
  const found = tensor ? ` for a tensor of ${tensor}` : '';
  const others = device === 'GPU' ? othersOnCard(cardProcesses()) : '';
  const advice =
    batchSize > 1 ? `give a smaller batchSize than ${batchSize}` : 'make the model smaller';
  return new GradbookError(
    `${what}: the ${device} has no memory left${found} at batchSize ${batchSize}: ${advice}, smaller images, or end other programs that use the memory${others}`,
    'out-of-memory',
    { cause: error },
  );
}
