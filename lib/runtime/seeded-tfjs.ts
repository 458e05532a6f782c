import Module from 'node:module';
import { random } from './random';
import { sharedState } from './shared-state';

// tfjs draws initial weights, dropout masks and the order of `fit` from Math.random and has no seed
// for them. Its modules are compiled here with their own Math, whose `random` follows `setSeed`;
// the global Math.random is unchanged, so timers, ids and other libraries do not affect the
// sequence.

interface CompilingModule {
  _compile(content: string, filename: string, ...rest: unknown[]): unknown;
}

const hook = sharedState('seeded-math', () => {
  const seeded: Math = Object.create(Math);
  seeded.random = () => random().next();
  return { math: seeded, installed: false };
});

/** Makes every tfjs module loaded from now on draw its random numbers from `setSeed`'s generator. */
export function seedTfjs(): void {
  if (hook.installed) return;
  hook.installed = true;
  // `_compile` is how CommonJS modules are compiled on every Node from 0.x to 24.
  const prototype = Module.prototype as unknown as CompilingModule;
  const compile = prototype._compile;
  prototype._compile = function (content, filename, ...rest) {
    const isTfjs = /[\\/]node_modules[\\/]@tensorflow[\\/]tfjs/.test(filename);
    if (!isTfjs) return compile.call(this, content, filename, ...rest);
    const math = "globalThis[Symbol.for('gradbook.seeded-math')].math";
    // On one line before the content, so that line numbers in stack traces stay correct.
    const wrapped = `(function (Math) {${content}\n}).call(this, ${math});`;
    return compile.call(this, wrapped, filename, ...rest);
  };
}
