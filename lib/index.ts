export * from './data';
export * from './models';
export * from './notebook';
export * from './runtime';
export * from './training';
