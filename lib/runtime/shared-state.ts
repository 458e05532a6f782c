/**
 * One object per process, also when `lib` is loaded a second time: after an edit the notebook kernel
 * drops edited modules and loads them again, while seeds and interrupts must be kept.
 *
 * @param name the state's name, unique in `lib`
 * @param create creates the state on first use
 */
export function sharedState<T>(name: string, create: () => T): T {
  const key = Symbol.for(`gradbook.${name}`);
  const store = globalThis as unknown as Record<symbol, T | undefined>;
  store[key] ??= create();
  return store[key];
}
