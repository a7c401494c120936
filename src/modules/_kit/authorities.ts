import { utf8Text } from "../../base/byte-text.ts";
import type { ReadSystem } from "../../system/system.ts";

const BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/** The certificate authorities this machine trusts; undefined: those we were built with. */
export function authorities(target: ReadSystem): string | undefined {
  const asked = target.env("SSL_CERT_FILE");
  const bundle = [...(asked === undefined ? [] : [asked]), ...BUNDLES].find(
    (file) => target.stat(file)?.type === "file",
  );
  return bundle === undefined ? undefined : utf8Text(target.readFile(bundle));
}
