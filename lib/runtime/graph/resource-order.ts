interface Order {
  lastUpdate: string | undefined;
  /** Nodes that read the current value. */
  readers: Set<string>;
}

/**
 * Orders accesses to resources by control inputs: a read waits for the update before it, an update
 * for all reads of the value before it. So the buffer of an update is not shared and is updated in
 * place.
 */
export class ResourceOrder {
  private readonly orders = new Map<number, Order>();
  /** From the node that read a resource to the resource. */
  private readonly readBy = new Map<string, { order: Order; lastUpdate: string | undefined }>();

  private of(handle: number): Order {
    let order = this.orders.get(handle);
    if (!order) {
      order = { lastUpdate: undefined, readers: new Set() };
      this.orders.set(handle, order);
    }
    return order;
  }

  isUpdated(handle: number): boolean {
    return this.of(handle).lastUpdate !== undefined;
  }

  /** Records that `node` reads a resource. Returns the control inputs that it needs. */
  read(handle: number, node: string): string[] {
    const order = this.of(handle);
    order.readers.add(node);
    this.readBy.set(node, { order, lastUpdate: order.lastUpdate });
    return order.lastUpdate ? [`^${order.lastUpdate}`] : [];
  }

  /** Records that `node` uses the value `ref`, which may be the result of a read. */
  use(ref: string, node: string): void {
    const read = this.readBy.get(ref);
    // A value from before the last update needs no further control inputs.
    if (read && read.lastUpdate === read.order.lastUpdate && read.order.lastUpdate !== node) {
      read.order.readers.add(node);
    }
  }

  /** Records that `node` changes a resource. Returns the control inputs that it needs. */
  update(handle: number, node: string): string[] {
    const order = this.of(handle);
    const before = [...order.readers];
    if (order.lastUpdate) before.push(order.lastUpdate);
    order.lastUpdate = node;
    order.readers.clear();
    return before.map((name) => `^${name}`);
  }
}
