/** `orderflow generate`. */
import { SingleBar } from 'cli-progress';
import { loadConfig } from '../config.js';
import { withMetastore } from '../generator/before-publishing.js';
import { writeOrderFile } from '../generator/order-file.js';
import { generateOrders } from '../generator/orders.js';
import { publishOrders } from '../generator/producer.js';
import { defaultShares, shareNames, type ShareName, type Shares } from '../generator/shares.js';
import type { Summary } from '../generator/summary.js';
import { defaultReferenceFile, readReferenceFile } from '../metastore/reference-data.js';
import type { Command } from './command.js';
import { interruptSignal } from './interrupt.js';
import { badValue, positiveNumber, requireSingle, wholeNumber } from './numbers.js';
import { overwriteOption } from './overwrite.js';
import { table } from './table.js';

/** As text, so that a bad value is named as it was typed. */
interface Arguments {
  orders: string;
  rate: string | undefined;
  seed: string;
  batch: string;
  share: string[];
  reference: string;
  to: string | undefined;
  overwrite: boolean;
  json: boolean;
}

const mix = shareNames.map((name) => `${name}=${defaultShares[name]}`).join(' ');

export const generateCommand: Command<Arguments> = {
  builder: (yargs) =>
    yargs
      .option('orders', { type: 'string', default: '10000', describe: 'how many different orders, or "endless"' })
      .option('rate', { type: 'string', describe: 'orders per second (default: as fast as possible)' })
      .option('seed', { type: 'string', default: '1', describe: 'the same seed gives the same orders' })
      .option('batch', { type: 'string', default: '1000', describe: 'orders per batch' })
      .option('share', { type: 'string', array: true, default: [], describe: `part of the orders; default ${mix}` })
      .option('reference', { type: 'string', default: defaultReferenceFile, describe: 'reference data the orders fit' })
      .option('to', {
        type: 'string',
        requiresArg: true,
        describe: 'into this file (.jsonl or .bin) instead of Kafka, without any server',
      })
      .option('overwrite', overwriteOption)
      .option('json', { type: 'boolean', default: false, describe: 'the summary as one JSON object on stdout' })
      .example('orderflow generate --orders 100000', 'as fast as possible')
      .example('orderflow generate --orders endless --rate 200 --batch 100', 'a gentle stream, until Ctrl-C')
      .example('orderflow generate --orders 1000 --to orders.jsonl', 'a file for `orderflow run validator`')
      .example('orderflow generate --share fraudIp=0.1 --share malformed=0', 'another mix') as never,
  handler: async ({ reference, to, overwrite, json, ...texts }) => {
    const { orders, rate, seed, batch, shares } = parseNumbers(texts);
    const config = loadConfig();
    const data = await readReferenceFile(reference);
    const show = (summary: Summary) => console.log(json ? JSON.stringify({ seed, ...summary }) : asText(summary));
    if (to !== undefined) {
      if (orders === Infinity) throw badValue('orders', 'expected a number of orders for a file', 'endless');
      if (shares.cancelled)
        throw badValue(
          'share',
          'cancelled stays 0 with --to: a file says of no order that it was cancelled',
          `cancelled=${shares.cancelled}`,
        );
      const options = { seed, count: orders, rate, shares: { ...shares, cancelled: 0 } };
      return show(await writeOrderFile(to, generateOrders(data, options), { overwrite }));
    }
    const progress = showProgress(orders);
    try {
      const summary = await withMetastore(config, (metastore) =>
        publishOrders(config, generateOrders(data, { seed, count: orders, rate, shares }), metastore, {
          batch,
          rate,
          signal: interruptSignal(),
          onProgress: (done) => progress?.update(done),
        }),
      );
      progress?.stop();
      show(summary);
    } finally {
      progress?.stop();
    }
  },
};

function parseNumbers({
  orders,
  rate,
  seed,
  batch,
  share,
}: Omit<Arguments, 'reference' | 'to' | 'overwrite' | 'json'>) {
  requireSingle({ orders, rate, seed, batch });
  return {
    orders: orders === 'endless' ? Infinity : wholeNumber('orders', orders, 1, ', or endless'),
    rate: rate === undefined ? undefined : positiveNumber('rate', rate),
    seed: wholeNumber('seed', seed, 0),
    batch: wholeNumber('batch', batch, 1),
    shares: Object.fromEntries(share.map(parseShare)) as Partial<Shares>,
  };
}

/** A bar on stderr, where a person sees it; a counter where there is no end. */
function showProgress(orders: number): SingleBar | undefined {
  if (!process.stderr.isTTY) return undefined;
  const format = Number.isFinite(orders)
    ? 'orders {bar} {value}/{total} · {eta_formatted} left'
    : 'orders {value} · {duration_formatted}';
  const bar = new SingleBar({ format, hideCursor: true, gracefulExit: false, barsize: 30 });
  bar.start(Number.isFinite(orders) ? orders : 0, 0);
  return bar;
}

function asText({ published, expected, rejectReasons, orders, records, seconds, ordersPerSecond }: Summary): string {
  const rows = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts).map(([name, count]) => [name, String(count)]);
  return [
    table(['published', 'records'], rows(published)),
    table(['should become', 'records'], rows(expected)),
    table(['reject reason', 'records'], rows(rejectReasons)),
    `${orders} orders, ${records} records in ${seconds.toFixed(1)} s: ${Math.round(ordersPerSecond)} orders/s`,
  ].join('\n\n');
}

function parseShare(text: string): [ShareName, number] {
  const [name = '', share = ''] = text.split('=');
  const known = shareNames.find((each) => each === name);
  if (!known) throw badValue('share', `expected one of ${shareNames.join(', ')} before the "="`, text);
  const value = Number(share);
  if (share.trim() === '' || !(value >= 0 && value <= 1)) throw badValue('share', 'expected a share from 0 to 1', text);
  return [known, value];
}
