/**
 * One object a process, also when `lib` is loaded a second time: after an edit the notebook kernel
 * drops edited modules and loads them again, while seeds and interrupts must go on.
 *
 * @param name the state's name, unique in `lib`
 * @param create makes the state the first time it is asked for
 */
export function sharedState<T>(name: string, create: () => T): T {
  const key = Symbol.for(`gradbook.${name}`);
  const store = globalThis as unknown as Record<symbol, T | undefined>;
  store[key] ??= create();
  return store[key];
}
