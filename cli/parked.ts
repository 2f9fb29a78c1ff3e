/** `orderflow parked list`, `retry` and `give-up`. */
import type { Argv, CommandModule } from 'yargs';
import { accountName, changeInMetastore } from '../audit/audited.js';
import { loadConfig } from '../config.js';
import { OperatorError } from '../errors.js';
import { type PoolClient, withPool } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import {
  giveUpParked,
  listParked,
  retryParked,
  type ParkedOrder,
  type ParkedSelection,
} from '../metastore/parked-orders.js';
import type { Command } from './command.js';
import { idFrom, idsFrom } from './ids.js';
import { printable } from './printable.js';
import { table } from './table.js';

const time = (millis: number) => new Date(millis).toISOString();
/** When a parked order is tried next, in words. */
export function nextTryText({ givenUp, nextTryAt }: ParkedOrder): string {
  if (givenUp) return `none: given up ${givenUp}`;
  return nextTryAt <= Date.now() ? 'now' : time(nextTryAt);
}

const badArguments = (problem: string) => new OperatorError('BAD_ARGUMENTS', problem, { exitCode: 2 });

const withPartner = <T>(yargs: Argv<T>) =>
  yargs
    .option('partner', {
      type: 'string',
      requiresArg: true,
      describe: 'those that wait for this partner',
      coerce: idFrom,
    })
    .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' });

const listCommand: CommandModule<object, { partner: string | undefined; limit: number; json: boolean }> = {
  command: 'list',
  describe: 'which orders wait for their partner, since when and why; those that wait longest first',
  builder: (yargs) =>
    withPartner(yargs)
      .option('limit', { type: 'number', default: 1_000, requiresArg: true, describe: 'so many at most' })
      .check(({ limit }) => {
        if (Number.isInteger(limit) && limit > 0) return true;
        throw badArguments('--limit: expected a whole number, 1 or more');
      })
      .example('orderflow parked list --partner PARTNER-1', 'what waits for one partner')
      .example('orderflow parked list --json | jq .parked[].lastAnswer', 'times in milliseconds') as never,
  handler: async ({ partner, limit, json }) => {
    const parked = await withPool(databaseOf(loadConfig(), 'page'), (pool) => listParked(pool, { partner }, limit));
    if (json) return console.log(JSON.stringify({ parked }));
    if (parked.length === 0) return console.log('no orders wait for a partner');
    const rows = parked.map((order) => {
      const { orderId, partnerId, since, tries, lastAnswer } = order;
      return [orderId, partnerId, time(since), String(tries), nextTryText(order), lastAnswer];
    });
    console.log(table(['order', 'partner', 'since', 'tries', 'next try', 'last answer'], rows));
    if (parked.length === limit) console.log(`these are the first ${limit}: --limit shows more`);
  },
};

interface SelectionArguments {
  order: string[] | undefined;
  partner: string | undefined;
  all: boolean;
  json: boolean;
}

const withSelection = <T>(yargs: Argv<T>) =>
  withPartner(yargs)
    .positional('order', { type: 'string', array: true, describe: 'order ids, as `list` shows them', coerce: idsFrom })
    .option('all', { type: 'boolean', default: false, describe: 'instead of ids: all that wait' })
    .check(({ order = [], partner, all }) => {
      const ways = [order.length > 0, partner !== undefined, all].filter(Boolean).length;
      if (ways === 1) return true;
      throw badArguments('name orders by their ids, or give --partner, or --all');
    });

/** Does it, and says of which orders; those that were named and do not wait are named, too, and are a failure. */
async function change(
  action: 'parked retry' | 'parked give-up',
  { order = [], partner, json }: SelectionArguments,
  why: string,
  work: (client: PoolClient, selection: ParkedSelection) => Promise<string[]>,
  said: (count: number) => string,
): Promise<void> {
  const selection = { partner, orders: order.length > 0 ? order : undefined };
  const orders = await changeInMetastore(
    loadConfig(),
    action,
    { details: { ...(partner !== undefined && { partner }), ...(why !== '' && { why }) } },
    (client) => work(client, selection),
    (found) => ({ subjects: found.map((id) => `order ${id}`) }),
  );
  const missing = order.filter((id) => !orders.includes(id));
  if (json) console.log(JSON.stringify({ orders, missing }));
  else
    console.log(
      [said(orders.length), ...missing.map((id) => printable(`${id} is not waiting for a next try`))].join('\n'),
    );
  if (missing.length > 0) process.exitCode = 1;
}

const retryCommand: CommandModule<object, SelectionArguments> = {
  command: 'retry [order..]',
  describe: 'make orders due now, whatever their next try was; those that were given up are left alone',
  builder: (yargs) =>
    withSelection(yargs)
      .example('orderflow parked retry O-1001', 'tries one order within a second')
      .example('orderflow parked retry --partner PARTNER-1', 'when the partner says that it is well again') as never,
  handler: (args) => change('parked retry', args, '', retryParked, (count) => `due now: ${count}`),
};

const maxWhy = 200;

const giveUpCommand: CommandModule<object, SelectionArguments & { why: string }> = {
  command: 'give-up [order..]',
  describe: 'do not try orders again: they end as DELIVERY_FAILED, each with a dead letter, which can be released',
  builder: (yargs) =>
    withSelection(yargs)
      .option('why', { type: 'string', requiresArg: true, default: '', describe: "is kept in the order's history" })
      .check(({ why }) => {
        // eslint-disable-next-line no-control-regex -- it is what must not be there
        if (why.length <= maxWhy && !/[\u0000-\u001f\u007f]/.test(why)) return true;
        throw badArguments(`--why: expected at most ${maxWhy} characters, and no control characters`);
      })
      .example('orderflow parked give-up O-1001 --why "sold out"', 'the external-processor sets it aside') as never,
  handler: ({ why, ...args }) => {
    const text = `by ${accountName()}${why ? `: ${why}` : ''}`;
    return change(
      'parked give-up',
      args,
      why,
      (client, selection) => giveUpParked(client, selection, text),
      (count) => `given up: ${count}; the external-processor sets them aside within seconds, where it runs`,
    );
  },
};

export const parkedCommand: Command = {
  builder: (yargs) =>
    yargs
      .command([listCommand, retryCommand, giveUpCommand] as never)
      .demandCommand(1, 'parked list, parked retry, or parked give-up'),
  handler: () => {},
};
