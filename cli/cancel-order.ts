/** `orderflow cancel-order ID…`. */
import { changeInMetastore } from '../audit/audited.js';
import { loadConfig } from '../config.js';
import { OperatorError } from '../errors.js';
import { cancelOrders } from '../metastore/cancellations.js';
import { idProblem } from '../model/identifiers.js';
import type { Command } from './command.js';
import { idsFrom } from './ids.js';

const badId = (text: string, problem: string) =>
  new OperatorError(
    'BAD_ARGUMENTS',
    `no order can have the id ${JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)}: it ${problem}`,
    { exitCode: 2 },
  );

interface Arguments {
  id: string[];
  json: boolean;
}

export const cancelOrderCommand: Command<Arguments> = {
  builder: (yargs) =>
    yargs
      .positional('id', { type: 'string', array: true, demandOption: true, describe: 'order ids', coerce: idsFrom })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .example('orderflow cancel-order O-1001 O-1002', 'cancels two; again, it changes nothing') as never,
  handler: async ({ id, json }) => {
    for (const text of id) {
      const problem = idProblem(text);
      if (problem !== null) throw badId(text, problem);
    }
    const cancelled = await changeInMetastore(
      loadConfig(),
      'cancel-order',
      { subjects: id.map((each) => `order ${each}`) },
      (client) => cancelOrders(client, id),
      (count) => ({ details: { cancelled: count } }),
    );
    if (json) console.log(JSON.stringify({ cancelled }));
    else console.log(cancelled > 0 ? `cancelled: ${cancelled}` : 'all of them were cancelled before');
  },
};
