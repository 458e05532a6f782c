export * from './models';
export * from './notebook';
export * from './runtime';
