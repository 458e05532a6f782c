/** tsx has no types for its hook into `require`. */
declare module 'tsx/cjs';
