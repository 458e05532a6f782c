/**
 * Environment variables that TensorFlow reads while its library is loaded, and their defaults here.
 * Values set by the user are kept.
 *
 * `TF_ENABLE_ONEDNN_OPTS`: TensorFlow rewrites ops to oneDNN's kernels by itself on processors with
 * AVX512_VNNI or later and not on others, and announces it on stderr. Off, it behaves the same on
 * all of them; the native ops call oneDNN's kernels by name on any x86 processor.
 */
const defaults = {
  TF_CPP_MIN_LOG_LEVEL: '3',
  TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  TF_ENABLE_ONEDNN_OPTS: '0',
} as const;

/** Sets the defaults above. Has no effect once libtensorflow is loaded. */
export function setEngineDefaults(): void {
  for (const [name, value] of Object.entries(defaults)) process.env[name] ||= value;
}
