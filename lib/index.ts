export * from './cam';
export * from './data';
export * from './models';
export * from './notebook';
export * from './ops';
export * from './plots';
export * from './runtime';
export * from './training';
