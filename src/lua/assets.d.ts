declare module "*.wasm" {
  const path: string;
  export default path;
}

declare module "*.lua" {
  const source: string;
  export default source;
}
