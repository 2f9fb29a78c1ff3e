/** HTTP and HTTPS by undici, with certificates that are files. */
import { Agent, buildConnector } from 'undici';
import { readTls, type TlsFiles } from './tls-files.js';

const agents = new Map<string, Agent>();

/**
 * The dispatcher for a peer's requests: one for each set of files, which are read for each new connection. `peer` is who they are for, as in
 * "Flink"; a request rejects with BAD_SECRET_FILE where they cannot be read.
 */
export function tlsAgent(files: TlsFiles, peer: string): Agent {
  const key = JSON.stringify([files, peer]);
  const known = agents.get(key);
  if (known) return known;
  const agent = new Agent({
    connect(options, callback) {
      try {
        buildConnector({ ...readTls(files, peer) })(options, callback);
      } catch (error) {
        callback(error as Error, null);
      }
    },
  });
  agents.set(key, agent);
  return agent;
}
