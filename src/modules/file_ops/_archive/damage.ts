/** An archive that is not what it says it is; told with the archive's name by whoever knows it. */
export class ArchiveDamage extends Error {}

export function damage(what: string): ArchiveDamage {
  return new ArchiveDamage(what);
}
