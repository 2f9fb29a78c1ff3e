/** Whether a port is free, and who holds it. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { portSettings, portsOf, type Service } from './service.js';

/** Rejects with PORT_TAKEN, in one sentence with the holder and the setting to change, when a port of the service is not free. */
export async function checkPorts(config: Config, service: Service): Promise<void> {
  for (const name of portsOf(config, service)) {
    const port = config.ports[name];
    const code = await tryPort(config.host, port);
    if (!code) continue;
    const problem =
      code === 'EADDRINUSE' ? `is taken${holder(port)}` : `cannot be listened on at ${config.host} (${code})`;
    throw new OperatorError(
      'PORT_TAKEN',
      `port ${port} of ${service.name} ${problem}: free it, or set ${portSettings[name]} to another port`,
    );
  }
}

/** Listens for a moment; the error's code when that is not possible. */
function tryPort(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

/** " by PID (NAME)" of the process that listens on a TCP port, as far as Linux lets us see it. */
function holder(port: number): string {
  const inodes = new Set(['tcp', 'tcp6'].flatMap((file) => listeningSockets(`/proc/net/${file}`, port)));
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
        if (!inodes.has(readlinkSync(`/proc/${pid}/fd/${descriptor}`))) continue;
        return ` by process ${pid} (${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()})`;
      }
    } catch {
      // Another user's process, or one that has just ended.
    }
  }
  return '';
}

/** The `socket:[INODE]` names of the sockets in state LISTEN (0A). Format: proc(5), /proc/net/tcp. */
function listeningSockets(file: string, port: number): string[] {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[1]?.endsWith(`:${hexPort}`) && fields[3] === '0A')
      .map((fields) => `socket:[${fields[9]}]`);
  } catch {
    return [];
  }
}
