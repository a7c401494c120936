/** What a shell or ssh's own `%h` and `%r` could take for more than a name, as OpenSSH itself refuses it since 9.6. */
const UNSAFE = /['"`$\\;&<>|(){}\s\p{Cc}]/u;

/** What ssh may be told to connect to. */
export function isAddress(text: string): boolean {
  return text !== "" && !text.startsWith("-") && !UNSAFE.test(text);
}

/** A name may become part of a path (fetch). */
export function isHostName(text: string): boolean {
  return isAddress(text) && text.split("/").every((part) => !["", ".", ".."].includes(part));
}

/** A login, which ssh gets as `-l`. */
export function isLogin(text: string): boolean {
  return isAddress(text) && !text.includes("@");
}
