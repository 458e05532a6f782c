/** A WebAssembly program in base64: the bundler puts it into the script. */
declare module '*.wasm' {
  const base64: string;
  export default base64;
}
