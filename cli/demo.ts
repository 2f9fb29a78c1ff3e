/** `orderflow demo`. */
import { loadConfig } from '../config.js';
import { runDemo, type DemoResult } from '../demo/run.js';
import type { AddOn } from '../local/service.js';
import { withOption } from './add-ons.js';
import type { Command } from './command.js';
import { interruptSignal } from './interrupt.js';
import { createLiveView } from './live-view.js';
import { positiveNumber, requireSingle, wholeNumber } from './numbers.js';
import { reconcileText, stagesText } from './report-text.js';
import { table } from './table.js';

/** Numbers as text, so that a bad value is named as it was typed. */
interface Arguments {
  once: boolean;
  orders: string | undefined;
  rate: string | undefined;
  seed: string;
  keep: boolean;
  with: AddOn[];
  json: boolean;
}

const ordersOnce = 10_000;
const gentleRate = 50;

export const demoCommand: Command<Arguments> = {
  builder: (yargs) =>
    yargs
      .option('once', { type: 'boolean', default: false, describe: 'end when every order is accounted for' })
      .option('orders', {
        type: 'string',
        requiresArg: true,
        describe: `how many different orders (default: ${ordersOnce} with --once, else no end)`,
      })
      .option('rate', {
        type: 'string',
        requiresArg: true,
        describe: `orders per second (default: as fast as possible with --once, else ${gentleRate})`,
      })
      .option('seed', { type: 'string', requiresArg: true, default: '1', describe: 'the same seed, the same orders' })
      .option('keep', { type: 'boolean', default: false, describe: 'leave the stack and the jobs up' })
      .option('with', withOption)
      .option('json', { type: 'boolean', default: false, describe: 'the result as one JSON object on stdout' })
      .example('orderflow demo', 'a gentle stream until Ctrl-C')
      .example('orderflow demo --once --keep', '10,000 orders; look around afterwards, then `orderflow down`')
      .example('orderflow demo --once --with druid', 'every stream in Druid, too')
      .example('orderflow demo --once --json --orders 20000 --seed 7', 'for a program') as never,
  handler: async ({ once, orders, rate, seed, keep, with: wanted, json }) => {
    requireSingle({ orders, rate, seed });
    const config = loadConfig();
    const result = await runDemo(config, {
      once,
      keep,
      addOns: wanted,
      orders: orders === undefined ? (once ? ordersOnce : Infinity) : wholeNumber('orders', orders, 1),
      rate: rate === undefined ? (once ? undefined : gentleRate) : positiveNumber('rate', rate),
      seed: wholeNumber('seed', seed, 0),
      signal: interruptSignal(),
      onLive: json ? () => {} : createLiveView(),
    });
    console.log(json ? JSON.stringify(result) : resultText(result, keep));
    if (!result.isSettled) console.error(unsettledText(result));
    if (!result.reconciled) process.exitCode = 1;
  },
};

const seconds = (value: number | null) => (value === null ? 'never' : `${value.toFixed(1)} s`);

function resultText(result: DemoResult, keep: boolean): string {
  const { setup, stackUp, firstDelivered, allAccounted } = result.seconds;
  return [
    stagesText(result),
    reconcileText(result),
    ...(result.druid ? [druidText(result.druid, result.seconds.druidAnswers ?? null)] : []),
    `stack up after ${seconds(stackUp)} (${seconds(setup)} of it for packages and jars), first delivery after ` +
      `${seconds(firstDelivered)}, all accounted for after ${seconds(allAccounted)}; ` +
      `${Math.round(result.memoryBytes / 2 ** 20)} MB of memory`,
    `Flink's web UI: ${result.flinkUrl}${keep ? ' (`orderflow down` stops the stack)' : ', while the stack is up'}`,
  ].join('\n\n');
}

function druidText(druid: NonNullable<DemoResult['druid']>, answers: number | null): string {
  const rows = Object.entries(druid).map(([stream, { records, rows, parseErrors, orders, isEqual }]) => [
    stream,
    ...[records, rows, parseErrors, orders].map(String),
    isEqual ? 'yes' : 'NO',
  ]);
  const heading = ['in Druid', 'records', 'rows', 'parse errors', 'orders', 'equal to the topic'];
  return `${table(heading, rows)}\n\nall datasources answered ${seconds(answers)} after the first order`;
}

/** The wait was over before everything had its end. */
function unsettledText({ unaccounted, raw, deliveryPending }: DemoResult): string {
  if (unaccounted === 0 && deliveryPending > 0)
    return `orderflow: ${deliveryPending} deliveries still wait for the partner: see \`orderflow logs partner\``;
  return `orderflow: ${unaccounted} of ${raw} records were not accounted for: see \`orderflow status\` and Flink's web UI`;
}
