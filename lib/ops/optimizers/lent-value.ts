import type { Variable } from '@tensorflow/tfjs-node-gpu';
import { nodeBackend, tf } from '../../runtime';
import type { Resource } from './resource';

/**
 * The value of a variable that is stored only in a resource: it is read from there when the id of
 * the variable's data is needed. Until then the resource's buffer is not shared.
 */
export class LentValue {
  private readonly data: object;
  private waiting = true;

  /** @param onRead called once with the id of the value when it is read */
  constructor(resource: Resource, variable: Variable, onRead: (id: number) => void) {
    const { tensorMap, binding } = nodeBackend();
    let stored = tensorMap.get(variable.dataId);
    if (stored.refCount === 1) {
      binding.deleteTensor(stored.id);
    } else {
      // The old value is shared and must be kept.
      const { shape, dtype } = stored;
      const dataId = {};
      tensorMap.set(dataId, { shape, dtype, values: null, id: -1, refCount: 1 });
      const info = { dataId, shape: [...shape], dtype: 'float32' as const };
      const fresh = tf.engine().makeTensorFromTensorInfo(info);
      variable.assign(fresh);
      fresh.dispose();
      stored = tensorMap.get(dataId);
    }
    this.data = variable.dataId;
    const settle = (id: number) => {
      this.waiting = false;
      Object.defineProperty(stored, 'id', { value: id, writable: true });
    };
    Object.defineProperty(stored, 'id', {
      configurable: true,
      enumerable: true,
      get() {
        const id = resource.readId();
        settle(id);
        onRead(id);
        return id;
      },
      set: settle,
    });
    this.settle = () => {
      if (this.waiting && tensorMap.has(this.data)) void tensorMap.get(this.data).id;
    };
  }

  /** Reads the value now, unless it was read or the variable is gone. */
  readonly settle: () => void;

  /** Whether the variable's value is still in the resource. */
  isLentTo(variable: Variable): boolean {
    return this.waiting && variable.dataId === this.data;
  }
}
