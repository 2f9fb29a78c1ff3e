/** The stand-in partner's HTTP server, in plain text or over TLS, whose certificate may change while it listens. */
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';

export interface ListenerTls {
  /** PEM. */
  readonly certFile: string;
  readonly keyFile: string;
  /** Whose certificates a client has to have one of; it needs none without. */
  readonly clientCaFile?: string;
}

/** How often the files are looked at, in ms. */
const lookMs = 250;

/** A server that does not listen yet. Throws where a file is missing or broken; later on the last good ones count. */
export function createListener(listener: RequestListener, tls?: ListenerTls): Server {
  if (!tls) return createServer(listener);
  const { certFile, keyFile, clientCaFile } = tls;
  const files = [certFile, keyFile, ...(clientCaFile ? [clientCaFile] : [])];
  const context = () => ({
    cert: readFileSync(certFile),
    key: readFileSync(keyFile),
    ...(clientCaFile && { ca: readFileSync(clientCaFile) }),
  });
  const server = createTlsServer({ ...context(), requestCert: clientCaFile !== undefined }, listener);
  const reload = () => {
    try {
      server.setSecureContext(context());
    } catch {
      // One of them has changed, and the other one is about to.
    }
  };
  for (const file of files) watchFile(file, { interval: lookMs, persistent: false }, reload);
  server.once('close', () => files.forEach((file) => unwatchFile(file, reload)));
  return server;
}
