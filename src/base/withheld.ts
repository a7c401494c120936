const names = new Set<string>();

/** That variable of our environment holds a secret: no process that we start gets it, unless a call states it. */
export function withhold(name: string): void {
  names.add(name);
}

export function isWithheld(name: string): boolean {
  return names.has(name);
}
