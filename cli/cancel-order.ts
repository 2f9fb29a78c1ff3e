/** `orderflow cancel-order ID…`. */
import { loadConfig } from '../config.js';
import { OperatorError } from '../errors.js';
import { cancelOrders } from '../metastore/cancellations.js';
import { withPool } from '../metastore/connection.js';
import { limits } from '../model/limits.js';
import { isIdentifier } from '../transforms/decoding/order-problems.js';
import type { Command } from './command.js';

const badId = (text: string) =>
  new OperatorError(
    'BAD_ARGUMENTS',
    `no order can have the id "${text.length > 40 ? `${text.slice(0, 40)}…` : text}": ids have 1 to ${limits.idLength} characters, and no control characters`,
    { exitCode: 2 },
  );

interface Arguments {
  id: string[];
  json: boolean;
}

export const cancelOrderCommand: Command<Arguments> = {
  builder: (yargs) =>
    yargs
      .positional('id', { type: 'string', array: true, demandOption: true, describe: 'order ids' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .example('orderflow cancel-order O-1001 O-1002', 'cancels two; again, it changes nothing') as never,
  handler: async ({ id, json }) => {
    const odd = id.find((text) => !isIdentifier(text));
    if (odd !== undefined) throw badId(odd);
    const cancelled = await withPool(loadConfig().postgresUrl, (pool) => cancelOrders(pool, id));
    if (json) console.log(JSON.stringify({ cancelled }));
    else console.log(cancelled > 0 ? `cancelled: ${cancelled}` : 'all of them were cancelled before');
  },
};
