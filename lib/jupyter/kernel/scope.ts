/** The names that cells have declared, as the compiled cells' `exports`. */
export class Scope {
  /** What compiled cells write to and read from. */
  readonly exports: object;
  private readonly values: Record<string, unknown> = {};

  constructor() {
    const define = (target: object, name: string | symbol, attributes: PropertyDescriptor) => {
      if (name === '__esModule') return true;
      const how = { ...attributes, enumerable: true, configurable: true };
      return Reflect.defineProperty(target, name, how.get ? how : { ...how, writable: true });
    };
    this.exports = new Proxy(this.values, {
      // An imported name is a getter: it is kept as one, and so follows its module. A later cell
      // may redeclare the name.
      defineProperty: define,
      set: (target, name, value) => define(target, name, { value }),
    });
  }

  /** Whether a cell has given the name a value. */
  has(name: string): boolean {
    return this.values[name] !== undefined;
  }

  /** Removes and returns the value of a cell's last expression. */
  take(name: string): unknown {
    const value = this.values[name];
    delete this.values[name];
    return value;
  }
}
