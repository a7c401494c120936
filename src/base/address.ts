/** Where a resource is and what it is: its key in a stack. */
export interface Address {
  /** "local" or the name of a host. */
  readonly host: string;
  readonly kind: string;
  readonly name: string;
}

/** "file:/etc/hosts", or "web1/file:/etc/hosts" on another host. */
export function addressText(address: Address): string {
  const host = address.host === "local" ? "" : `${address.host}/`;
  return `${host}${address.kind}:${address.name}`;
}
