/** Our own standard input and output as a byte stream each way, for whoever started us to speak with. */
export function standardWire(): {
  write(bytes: Uint8Array): Promise<void>;
  readonly incoming: AsyncIterable<Uint8Array>;
  close(): void;
} {
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
      }),
    incoming: Bun.stdin.stream(),
    close: () => process.stdin.destroy(),
  };
}
