/** Bad command lines and missing services: one helpful sentence, an exit status, no stack trace. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../../config.js';
import { keepProblem } from '../../model/retention.js';
import { stageNames } from '../../model/stages.js';
import { nothingRuns, orderflow } from './orderflow.js';

const stages = `the stages are ${stageNames.join(', ')}`;
const help = '(see `orderflow --help`)';

it.concurrent.each([
  ['', `name a command: \`orderflow --help\` lists them ${help}`],
  ['nosuch', `Unknown argument: nosuch ${help}`],
  ['status --nosuch', `Unknown argument: nosuch ${help}`],
  ['submit nosuch', `unknown stage "nosuch": ${stages}`],
  ['submit validator nosuch', `unknown stage "nosuch": ${stages}`],
  ['submit', `Not enough non-option arguments: got 0, need at least 1 ${help}`],
  ['submit validator --again 48', '--again: only with --fresh, since a job with state goes on where that ends'],
  ['submit validator --fresh --again -1', '--again: expected a number above 0, not "-1"'],
  ['submit validator --fresh --from file:/x', '--from and --fresh: choose one'],
  ['submit all --from file:/x', '--from: a savepoint is of one stage, name one'],
  ['stop nosuch', `unknown stage "nosuch": ${stages}`],
  ['generate --orders -5', '--orders: expected a whole number, 1 or more, or endless, not "-5"'],
  ['generate --rate -1', '--rate: expected a number above 0, not "-1"'],
  ['generate --batch 0', '--batch: expected a whole number, 1 or more, not "0"'],
  [
    'generate --reference /no/such.json',
    'reference data /no/such.json: cannot be read (ENOENT); give the path of a JSON file',
  ],
  ['logs kafka --lines -3', '--lines: expected a whole number, 0 or more'],
  ['retention run --keep-days 0', '--keep-days: expected a whole number, 1 or more'],
  ['retention run --keep-days 30', `--keep-days: ${keepProblem(30, loadConfig({}))}`],
  ['schema', `schema migrate ${help}`],
  [
    'reference load /no/such.json',
    'reference data /no/such.json: cannot be read (ENOENT); give the path of a JSON file',
  ],
  ['order', `Not enough non-option arguments: got 0, need at least 1 ${help}`],
  [
    `cancel-order ${'x'.repeat(201)}`,
    `no order can have the id "${'x'.repeat(40)}…": it is longer than 200 characters`,
  ],
  [
    'cancel-order O-1\u200b',
    'no order can have the id "O-1\\u200b": it has characters that nobody can see, or that are none',
  ],
  ['topics', `topics apply, topics grow, topics adopt, or topics tail ${help}`],
  [
    'backfill aggregator --from 200000000d',
    '--from: expected 30m, 12h, 7d or a time such as 2026-01-31T12:00:00Z, from 1970 to 9999, not "200000000d"',
  ],
  [
    'backfill aggregator --from 12h --window 1h --topic aggregated_order',
    '--window: aggregated_order has windows of 60 s, and others would count beside them: give another --topic, or --output',
  ],
  [
    'backfill aggregator --from 12h --topic raw_order',
    '--topic: expected aggregated_order, or a topic of your own for sums, not "raw_order"',
  ],
  [
    'backfill aggregator --from 12h --output /no/such/folder/x.parquet',
    '--output /no/such/folder/x.parquet cannot be written (ENOENT): give a path in a folder that can',
  ],
  [
    'backfill aggregator --from 12h --output /tmp/',
    '--output: expected a file that ends in .jsonl, .csv, .parquet, not "/tmp/"',
  ],
  ['topics tail raw_order --limit -1', '--limit: expected a whole number, 1 or more'],
])('refuses `orderflow %s`', async (line, sentence) => {
  const words = line === '' ? [] : line.split(' ');
  expect(await orderflow(words)).toEqual({ code: 2, stdout: '', stderr: `orderflow: ${sentence}\n` });
});

it.concurrent.each([
  ['up nosuch', 'service'],
  ['logs nosuch', 'service'],
  ['topics tail nosuch', 'topic'],
])('names the choices where `orderflow %s` is none of them', async (line, argument) => {
  const { code, stdout, stderr } = await orderflow(line.split(' '));
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(
    new RegExp(`^orderflow: Invalid values: Argument: ${argument}, Given: "nosuch", Choices: .+\n$`),
  );
});

const kafkaIsAway = 'Kafka does not answer at 127.0.0.1:1: start it with `orderflow up`, or set ORDERFLOW_KAFKA';
const postgresIsAway =
  'PostgreSQL at 127.0.0.1:1/orderflow cannot be reached (ECONNREFUSED): start it with `orderflow up`, or set ORDERFLOW_POSTGRES_URL';
const flinkIsAway =
  'Flink does not answer at http://127.0.0.1:1: start it with `orderflow up`, or set ORDERFLOW_FLINK_URL';

it.concurrent.each([
  ['submit all', kafkaIsAway],
  ['generate --orders 10', kafkaIsAway],
  ['topics apply', kafkaIsAway],
  ['topics tail raw_order', kafkaIsAway],
  ['stop all', flinkIsAway],
  ['schema migrate', postgresIsAway],
  ['retention run', postgresIsAway],
  ['order O-1', postgresIsAway],
  ['cancel-order O-1', postgresIsAway],
])('`orderflow %s` says what does not run, and how to start it', async (line, sentence) => {
  expect(await orderflow(line.split(' '))).toEqual({ code: 1, stdout: '', stderr: `orderflow: ${sentence}\n` });
});

it('names every bad setting at once', async () => {
  const settings = { ...nothingRuns, ORDERFLOW_PARTITIONS: '-1', ORDERFLOW_KAFKA: 'kafka', ORDERFLOW_COLOUR: 'red' };
  const { code, stdout, stderr } = await orderflow(['status'], settings);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  const [title, ...lines] = stderr.trimEnd().split('\n');
  expect(title).toBe('orderflow: bad configuration:');
  expect(lines.map((line) => line.split(/[= ]/)[0])).toEqual([
    'ORDERFLOW_KAFKA',
    'ORDERFLOW_PARTITIONS',
    'ORDERFLOW_COLOUR',
  ]);
});

it('says which port is taken, by whom, and which setting moves it', async () => {
  const home = await mkdtemp(join(tmpdir(), 'orderflow-port-'));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.close();
    await rm(home, { recursive: true, force: true });
  });
  const { port } = server.address() as AddressInfo;
  const { code, stderr } = await orderflow(['up', 'partner', '--json'], {
    ORDERFLOW_HOME: home,
    ORDERFLOW_PARTNER_PORT: String(port),
  });
  expect(stderr).toMatch(
    new RegExp(
      `^orderflow: port ${port} of partner is taken by process ${process.pid} \\(.+\\): free it, or set ORDERFLOW_PARTNER_PORT to another port\n$`,
    ),
  );
  expect(code).toBe(1);
});

it('shows the stack trace only when DEBUG asks for it', async () => {
  const { stderr } = await orderflow(['stop', 'all'], { ...nothingRuns, DEBUG: '1' });
  expect(stderr).toContain('    at ');
  expect(stderr.trimEnd().split('\n').at(-1)).toBe(`orderflow: ${flinkIsAway}`);
});
