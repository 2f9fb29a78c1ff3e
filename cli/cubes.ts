/** `orderflow cubes`. */
import { actingAs, loadConfig } from '../config.js';
import { OperatorError } from '../errors.js';
import { createServer } from '../web/server.js';
import type { Command } from './command.js';
import { interruptSignal } from './interrupt.js';

export const cubesCommand: Command = {
  builder: (yargs) =>
    yargs
      .example('orderflow cubes', 'on http://127.0.0.1:8787')
      .example('ORDERFLOW_CUBES_PORT=9000 orderflow cubes', 'on another port') as never,
  handler: async () => {
    const config = actingAs(loadConfig(), 'page');
    const signal = interruptSignal();
    const server = await createServer(config);
    try {
      await server.listen({ host: config.host, port: config.cubes.port });
    } catch (error) {
      await server.close();
      const { code } = error as NodeJS.ErrnoException;
      throw new OperatorError(
        'PORT_TAKEN',
        `cannot listen at ${config.urlHost}:${config.cubes.port} (${code}): set ORDERFLOW_CUBES_PORT to another port`,
        { cause: error },
      );
    }
    console.log(`data cubes: ${config.cubes.url}/ · flow: ${config.cubes.url}/flow`);
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    await server.close();
  },
};
