/**
 * Environment variables that TensorFlow reads while its library is being loaded, and the values
 * used here. A value that the user has set is kept.
 *
 * `TF_ENABLE_ONEDNN_OPTS`: TensorFlow rewrites ops to oneDNN's kernels by itself on processors with
 * AVX512_VNNI or later and not on others, and announces it on stderr. Off, it does the same on all
 * of them; the native ops call oneDNN's kernels by name, whatever the processor.
 */
const defaults = {
  TF_CPP_MIN_LOG_LEVEL: '3',
  TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  TF_ENABLE_ONEDNN_OPTS: '0',
} as const;

/** Sets the defaults above. Has no effect on a libtensorflow that is loaded already. */
export function setEngineDefaults(): void {
  for (const [name, value] of Object.entries(defaults)) process.env[name] ||= value;
}
