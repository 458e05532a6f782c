export * from './models';
export * from './runtime';
