const names = ['TF_NUM_INTRAOP_THREADS', 'OMP_NUM_THREADS', 'VIPS_CONCURRENCY'];

/** Environment variables that limit TensorFlow, OpenMP and libvips to so many threads. */
export function threadVariables(threads: number): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, String(threads)]));
}
