/** The page's certificate: read at the start, and again when its file changes, without a restart. */
import { unwatchFile, watchFile } from 'node:fs';
import type { Server } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { Config } from '../config.js';
import { codeOf, OperatorError } from '../errors.js';
import { readSecret } from '../model/secret-file.js';

interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Throws BAD_SECRET_FILE, and BAD_CERTIFICATE where the two files do not fit together. */
export function readCertificate({ certFile, keyFile }: Config['cubes']): Certificate {
  const certificate = {
    cert: readSecret(certFile, "the page's certificate"),
    key: readSecret(keyFile, "the key of the page's certificate"),
  };
  try {
    createSecureContext(certificate);
    return certificate;
  } catch (error) {
    throw new OperatorError(
      'BAD_CERTIFICATE',
      `${certFile} and ${keyFile} are no certificate and its key, as PEM (${codeOf(error) ?? 'unreadable'}): correct ORDERFLOW_CUBES_CERT_FILE and ORDERFLOW_CUBES_KEY_FILE`,
      { cause: error },
    );
  }
}

/** How often the files are looked at, in ms. */
const lookMs = 2_000;

/** New connections get what the files hold now; while that is no certificate, what they held before. Ends with the server. */
export function followCertificate(server: Server, cubes: Config['cubes']): void {
  const renew = () => {
    try {
      server.setSecureContext(readCertificate(cubes));
    } catch (error) {
      console.error(`orderflow: the page keeps its certificate: ${(error as Error).message}`);
    }
  };
  const files = [cubes.certFile, cubes.keyFile];
  for (const file of files) watchFile(file, { interval: lookMs, persistent: false }, renew);
  server.once('close', () => files.forEach((file) => unwatchFile(file, renew)));
}
