/** Prometheus metrics at /metrics: by HTTP, or by HTTPS for clients with a certificate of an authority. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { readTls, type TlsFiles } from '../model/tls-files.js';

export interface Metrics {
  readonly contentType: string;
  readonly text: string;
}

/**
 * Does not listen yet. With a certificate it speaks TLS, and with authorities it refuses clients without a certificate of theirs; the files are read for
 * each connection anew, and where they cannot be read, what was read before counts. Throws BAD_SECRET_FILE at first.
 */
export function metricsServer(files: TlsFiles, collect: () => Promise<Metrics>): Server {
  const answer: RequestListener = (request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end('the metrics are at /metrics\n');
      return;
    }
    collect().then(
      ({ contentType, text }) => response.writeHead(200, { 'content-type': contentType }).end(text),
      (error: Error) => response.writeHead(500).end(`${error.message}\n`),
    );
  };
  if (files.certFile === '') return createServer(answer);
  const material = () => readTls(files, 'the metrics');
  const server = createTlsServer({ ...material(), requestCert: files.caFile !== '', minVersion: 'TLSv1.3' }, answer);
  // Before TLS begins on the connection.
  server.prependListener('connection', () => {
    try {
      server.setSecureContext({ ...material(), minVersion: 'TLSv1.3' });
    } catch {
      // A file that is written just now.
    }
  });
  return server;
}
