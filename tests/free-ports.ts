/** Ports for a test's own services. */
import { createServer } from 'node:net';

/**
 * Different ports that nothing listens on, below those that the system gives to outgoing connections (from 32768 on Linux), one of which
 * could take a port between this call and the service's start.
 */
export async function freePorts(howMany: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < howMany) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (!ports.has(port) && (await isFree(port))) ports.add(port);
  }
  return [...ports];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const free = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
  });
  if (free) await new Promise((resolve) => server.close(resolve));
  return free;
}
