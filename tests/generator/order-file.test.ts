import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeOrderFile } from '../../generator/order-file.js';
import { generateOrders } from '../../generator/orders.js';
import { readRecordFile } from '../../kafka/record-file.js';
import { recordToJson } from '../../kafka/record-json.js';
import { defaultReferenceFile, readReferenceFile, type ReferenceData } from '../../metastore/reference-data.js';
import { runStageDirectly } from '../../pipelines/run-directly.js';

const startTime = Date.UTC(2026, 5, 1);
const shares = { cancelled: 0, duplicate: 0.1, redelivery: 0.1, malformed: 0.2, fraudIp: 0.1, delayed: 0.1 };
let folder: string;
let reference: ReferenceData;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orderflow-order-file-'));
  reference = await readReferenceFile(defaultReferenceFile);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const publications = () => generateOrders(reference, { seed: 5, count: 300, startTime, shares });

it.each(['orders.jsonl', 'orders.bin'])('writes every publication, bad ones too, into %s', async (name) => {
  const path = join(folder, name);
  const summary = await writeOrderFile(path, publications());
  const all = [...publications()];
  expect(summary).toMatchObject({ orders: 300, records: all.length });
  const records = await readRecordFile(path, 'raw_order', startTime);
  const shown = (value: Uint8Array | null) => {
    const json = recordToJson({ topic: 'raw_order', partition: 0, offset: 0, timestamp: 0, key: null, value }, true);
    return { value: json.value, valueBase64: json.valueBase64 };
  };
  expect(records.map(({ value }) => shown(value))).toEqual(all.map(({ value }) => shown(value)));
});

it('writes what the validator decides as the summary says', async () => {
  const path = join(folder, 'decided.jsonl');
  const { expected } = await writeOrderFile(path, publications());
  const records = await readRecordFile(path, 'raw_order', startTime);
  const { records: written } = await runStageDirectly('validator', records, {
    reference,
    clock: () => startTime + 60_000,
  });
  const count = (topic: string) => written.filter((record) => record.topic === topic).length;
  expect({
    VALID: count('valid_order'),
    REJECTED: count('rejected_order'),
    DEAD_LETTERED: count('dead_letter'),
    IGNORED: records.length - written.length,
  }).toEqual(expected);
});

it('asks for a name that says the form, and for a folder that is there', async () => {
  await expect(writeOrderFile(join(folder, 'orders.txt'), [])).rejects.toMatchObject({
    code: 'BAD_OUTPUT_FILE',
    exitCode: 2,
  });
  await expect(writeOrderFile(join(folder, 'no', 'orders.bin'), [])).rejects.toMatchObject({
    code: 'BAD_OUTPUT_FILE',
    message: `--to ${join(folder, 'no', 'orders.bin')} cannot be written (ENOENT): give a path in a folder that can`,
  });
});
