/** `run` as a person calls it, on a machine where nothing runs. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { projectRoot } from '../../config.js';
import { readRecordFile } from '../../kafka/record-file.js';
import { defaultReferenceFile, readReferenceFile } from '../../metastore/reference-data.js';
import { decideDirectly } from '../../pipelines/run-directly.js';
import { aPartner } from '../partner/process.js';
import { nothingRuns, orderflow } from './orderflow.js';

const now = '2026-06-01T12:00:00.000Z';
let folder: string;
const at = (...names: string[]) => join(folder, ...names);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orderflow-run-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const order = {
  messageId: 'm-1',
  orderId: 'o-1',
  orderType: 'STANDARD',
  customerId: 'C-000001',
  ipAddress: '10.12.0.1',
  fromLocationId: 'LOC-AMS-01',
  toLocationId: 'LOC-CPH-01',
  createdAt: '2026-06-01T11:59:00.000Z',
  promisedBy: '2026-06-30T12:00:00.000Z',
  currency: 'EUR',
  lines: [{ sku: 'SKU-1', quantity: 2, unitPrice: 150 }],
  paymentMethod: 'CARD',
};

const linesOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);

it('prints a line per record, and a summary on stderr', async () => {
  await writeFile(at('two.jsonl'), `${JSON.stringify(order)}\n${JSON.stringify({ ...order, messageId: 'm-2' })}\n`);
  const { code, stdout, stderr } = await orderflow(['run', 'validator', '--input', at('two.jsonl'), '--now', now]);
  const detail = 'another message with this order id was accepted';
  expect(linesOf(stdout)).toEqual([
    { topic: 'valid_order', key: 'o-1', value: order },
    {
      topic: 'rejected_order',
      key: 'o-1',
      value: { order: { ...order, messageId: 'm-2' }, rejections: [{ reason: 'DUPLICATE_ORDER', detail }] },
    },
  ]);
  expect(stderr).toBe(
    'validator: in 2; out valid_order 1, rejected_order 1, dead_letter 0; statuses VALIDATED 1, REJECTED 1\n',
  );
  expect(code).toBe(0);
});

it('takes the rules from a file of reference data', async () => {
  const reference = await readReferenceFile(defaultReferenceFile);
  await writeFile(at('reference.json'), JSON.stringify({ ...reference, paymentDefaulters: ['C-000001'] }));
  await writeFile(at('one.jsonl'), JSON.stringify(order));
  const words = ['run', 'validator', '--runner', 'direct', '--input', at('one.jsonl'), '--now', now, '--json'];
  const { stdout, stderr } = await orderflow([...words, '--reference', at('reference.json')]);
  expect(linesOf(stdout)).toMatchObject([{ value: { rejections: [{ reason: 'PAYMENT_DEFAULTER' }] } }]);
  expect(JSON.parse(stderr)).toEqual({
    stage: 'validator',
    in: 1,
    out: { valid_order: 0, rejected_order: 1, dead_letter: 0 },
    statuses: { REJECTED: 1 },
  });
});

it('runs all stages, one after another, over files that `generate` and they themselves write', async () => {
  const orders = ['generate', '--orders', '200', '--seed', '3', '--to', at('orders.bin'), '--json'];
  expect(JSON.parse((await orderflow(orders)).stdout)).toMatchObject({ seed: 3, orders: 200 });
  const run = async (stage: string, input: string, ...more: string[]) => {
    const words = ['run', stage, '--input', input, '--output', at('out'), '--json', ...more];
    const { code, stdout, stderr } = await orderflow(words);
    expect(code).toBe(0);
    return { records: linesOf(stdout), summary: JSON.parse(stderr) as { in: number; out: Record<string, number> } };
  };
  const validated = await run('validator', at('orders.bin'));
  const enriched = await run('enricher', at('out', 'valid_order.jsonl'));
  const routed = await run('router', at('out', 'enriched_order.jsonl'));
  const aggregated = await run('aggregator', at('out', 'enriched_order.jsonl'));
  const partner = await aPartner();
  const delivered = await run(
    'external-processor',
    at('out', 'external_order.jsonl'),
    '--partner-url',
    partner.ordersUrl,
  );
  const { valid_order: valid } = validated.summary.out;
  expect(enriched.summary.out).toEqual({ enriched_order: valid, dead_letter: 0 });
  const { internal_order: internal, external_order: external } = routed.summary.out;
  expect(internal! + external!).toBe(valid);
  const sums = aggregated.records as { value: { orders: number } }[];
  expect(sums.reduce((sum, { value }) => sum + value.orders, 0)).toBe(valid);
  expect(delivered.summary).toEqual({
    stage: 'external-processor',
    in: external,
    out: { dead_letter: 0 },
    statuses: { DELIVERED: external },
  });
  expect(await partner.summary()).toMatchObject({ effects: external });
  expect(linesOf(await readFile(at('out', 'valid_order.jsonl'), 'utf8'))).toHaveLength(valid!);
});

it('writes all of it before it ends, however slow its reader, and ends where its reader has enough', async () => {
  await orderflow(['generate', '--orders', '2000', '--to', at('many.bin'), '--share', 'redelivery=0']);
  const program = `"${process.execPath}" "${join(projectRoot, 'dist/cli/main.js')}" run validator --input "${at('many.bin')}"`;
  const counted = await promisify(execFile)('sh', ['-c', `${program} | { sleep 0.5; wc -l; }`]);
  expect(Number(counted.stdout)).toBe((await readRecordFile(at('many.bin'), 'raw_order', 0)).length);
  const { stdout, stderr } = await promisify(execFile)('sh', ['-c', `${program} 2>/dev/null | head -n 1`]);
  expect({ topic: (JSON.parse(stdout) as { topic: string }).topic, stderr }).toEqual({
    topic: 'valid_order',
    stderr: '',
  });
  await expect(promisify(execFile)('sh', ['-c', `${program} >/dev/full`])).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('orderflow: the output cannot be written (ENOSPC)\n') as string,
  });
});

it('decides as decideDirectly does', async () => {
  await orderflow(['generate', '--orders', '100', '--to', at('same.jsonl'), '--share', 'malformed=0.1']);
  const { stdout } = await orderflow(['run', 'validator', '--input', at('same.jsonl'), '--now', now]);
  const records = await readRecordFile(at('same.jsonl'), 'raw_order', Date.parse(now));
  const reference = await readReferenceFile(defaultReferenceFile);
  expect(linesOf(stdout)).toEqual(await decideDirectly('validator', records, reference, () => Date.parse(now)));
});

it.concurrent.each([
  [
    'run nosuch --input x.jsonl',
    'unknown stage "nosuch": the stages are validator, enricher, router, external-processor, aggregator',
  ],
  ['run validator', 'Missing required argument: input (see `orderflow --help`)'],
  ['run validator --input', 'Not enough arguments following: input (see `orderflow --help`)'],
  [
    'run validator --input /no/such.jsonl',
    'input /no/such.jsonl cannot be read (ENOENT): give the path of a file of raw_order records',
  ],
  [
    'run router --input x.jsonl --runner flink',
    'Invalid values: Argument: runner, Given: "flink", Choices: "direct" (see `orderflow --help`)',
  ],
  ['run router --input x.jsonl --now noon', '--now: expected a time such as 2026-01-31T12:00:00Z, not "noon"'],
  [
    'run router --input x.jsonl --reference /no/ref.json',
    'reference data /no/ref.json: cannot be read (ENOENT); give the path of a JSON file',
  ],
  [
    'run router --input x.jsonl --partner-url here',
    '--partner-url: expected an address such as http://127.0.0.1:8090/orders, not "here"',
  ],
  [
    'run router --input x.jsonl --partner-url http://shop:hush@partner.example.com/orders?key=hush',
    '--partner-url: expected an address such as http://127.0.0.1:8090/orders, not "http://…@partner.example.com/orders?…"',
  ],
  [
    'generate --to orders.txt',
    '--to orders.txt: end the name in .jsonl for JSON lines, or in .bin for length-delimited protobuf',
  ],
  ['generate --to orders.bin --orders endless', '--orders: expected a number of orders for a file, not "endless"'],
])('refuses `%s` in one sentence', async (line, sentence) => {
  const ended = await orderflow(line.split(' '), nothingRuns);
  expect(ended).toEqual({ code: 2, stdout: '', stderr: `orderflow: ${sentence}\n` });
});

it('names a line of the input that is wrong, and a folder that cannot be written to', async () => {
  await writeFile(at('bad.jsonl'), `${JSON.stringify(order)}\n{"orderId": 1`);
  expect(await orderflow(['run', 'validator', '--input', at('bad.jsonl')])).toEqual({
    code: 2,
    stdout: '',
    stderr: `orderflow: input ${at('bad.jsonl')}, line 2: no JSON object\n`,
  });
  await writeFile(at('empty.jsonl'), '');
  await writeFile(at('file'), '');
  expect(await orderflow(['run', 'validator', '--input', at('empty.jsonl'), '--output', at('file')])).toEqual({
    code: 1,
    stdout: '',
    stderr: `orderflow: --output ${at('file')} cannot be written to (EEXIST): give a folder that can\n`,
  });
});

it('overwrites nothing that a person, or another stage, has written, unless it is told to', async () => {
  const out = at('kept');
  await writeFile(at('bad-bytes.jsonl'), JSON.stringify({ valueBase64: 'AA==' }));
  const run = (stage: string, ...more: string[]) =>
    orderflow(['run', stage, '--input', at('bad-bytes.jsonl'), '--output', out, ...more]);
  expect((await run('validator')).code).toBe(0);
  const letters = await readFile(join(out, 'dead_letter-validator.jsonl'), 'utf8');
  // Another stage's dead letters, in the same folder.
  expect((await run('enricher')).code).toBe(0);
  expect((await readdir(out)).sort()).toEqual([
    'dead_letter-enricher.jsonl',
    'dead_letter-validator.jsonl',
    'enriched_order.jsonl',
    'rejected_order.jsonl',
    'valid_order.jsonl',
  ]);
  const file = join(out, 'dead_letter-validator.jsonl');
  expect(await run('validator')).toEqual({
    code: 2,
    stdout: '',
    stderr: `orderflow: --output ${file} is there already: give another name, or add --overwrite, which replaces it\n`,
  });
  expect(await readFile(file, 'utf8')).toBe(letters);
  expect((await run('validator', '--overwrite')).code).toBe(0);

  await writeFile(at('mine.jsonl'), 'mine');
  const generate = ['generate', '--orders', '1', '--to', at('mine.jsonl')];
  expect(await orderflow(generate)).toMatchObject({
    code: 2,
    stderr: `orderflow: --to ${at('mine.jsonl')} is there already: give another name, or add --overwrite, which replaces it\n`,
  });
  expect(await readFile(at('mine.jsonl'), 'utf8')).toBe('mine');
  expect((await orderflow([...generate, '--overwrite'])).code).toBe(0);
  expect(await readFile(at('mine.jsonl'), 'utf8')).not.toBe('mine');
});

it('asks for a partner to deliver to', async () => {
  await writeFile(at('none.jsonl'), '');
  expect(await orderflow(['run', 'external-processor', '--input', at('none.jsonl')])).toEqual({
    code: 2,
    stdout: '',
    stderr:
      'orderflow: external-processor delivers to a partner: ' +
      'give the address for its orders with --partner-url, or set ORDERFLOW_PARTNERS_FILE\n',
  });
});
