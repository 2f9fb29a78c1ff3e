/** Another address for a server, until it is closed: what is sent to it goes there and back. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export async function doorTo(address: string) {
  const [host = '', port] = address.split(':');
  const open = new Set<Socket>();
  let visitors = 0;
  const server = createServer((visitor) => {
    visitors += 1;
    const inside = connect(Number(port), host);
    for (const [from, to] of [
      [visitor, inside],
      [inside, visitor],
    ] as const) {
      open.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy()).on('close', () => open.delete(from));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** How many connections there have been. */
    visitors: () => visitors,
    /** Nobody answers at the address from now on, and connections that are open end. */
    async close(): Promise<void> {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
