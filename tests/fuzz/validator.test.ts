/** The short form of `npm run fuzz`, and that it would see what it is to see. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../config.js';
import { fieldNumbers } from '../../fuzz/field-numbers.js';
import { fuzzValidator, type FuzzOptions, type FuzzReport } from '../../fuzz/run.js';
import { outcomes } from '../../fuzz/kind.js';
import { hostileRecords, kinds } from '../../fuzz/values.js';
import { defaultReferenceFile, readReferenceFile, type ReferenceData } from '../../metastore/reference-data.js';
import { runStageDirectly } from '../../pipelines/run-directly.js';
import { deadLetterCodec } from '../../proto/messages.js';
import type { StepOutput } from '../../transforms/step/step.js';

const now = Date.UTC(2026, 0, 15, 12);
let reference: ReferenceData;
beforeAll(async () => {
  reference = await readReferenceFile(defaultReferenceFile);
});

const options = (values: number, more: Partial<FuzzOptions> = {}): FuzzOptions => ({
  seed: 2026,
  values,
  batchSize: 500,
  maxOrderBytes: 900_000,
  now,
  reference,
  ...more,
});
/** The sum of a report's outcomes. */
const totals = ({ kinds }: FuzzReport) =>
  [...kinds.values()].reduce(
    (sum, row) => Object.fromEntries(Object.entries(row).map(([name, count]) => [name, count + (sum[name] ?? 0)])),
    {} as Record<string, number>,
  );

describe('20,000 hostile values', () => {
  let report: FuzzReport;
  beforeAll(async () => {
    report = await fuzzValidator(options(20_000));
  });

  it('are all accounted for', () => {
    expect(report.findings).toEqual([]);
    expect(report.unaccounted).toBe(0);
    const sums = totals(report);
    expect(outcomes.reduce((sum, outcome) => sum + sums[outcome]!, 0)).toBe(20_000);
  });

  it('are of every kind', () => {
    const rare = kinds.filter(({ weight }) => weight < 1).map(({ name }) => name);
    expect(kinds.map(({ name }) => name).filter((name) => !report.kinds.has(name) && !rare.includes(name))).toEqual([]);
  });

  it('end in every way that their kind may', () => {
    for (const { name, may, weight } of kinds.filter(({ weight }) => weight >= 10)) {
      const row = report.kinds.get(name)!;
      expect(Math.max(...may.map((outcome) => row[outcome])), `${name} (${weight})`).toBeGreaterThan(0);
    }
  });
});

it('makes the same values from the same seed and index', () => {
  const [first, second] = [hostileRecords(options(0)), hostileRecords(options(0))];
  const other = hostileRecords(options(0, { seed: 2027 }));
  for (let index = 0; index < 200; index++) expect(first(index)).toEqual(second(index));
  expect(Array.from({ length: 50 }, (_, index) => other(index).order.orderId)).not.toContain(first(0).order.orderId);
});

it("knows the numbers of an order's fields", () => {
  const proto = readFileSync('proto/orders.proto', 'utf8');
  const order = /message Order \{([^]*?)\n\}/.exec(proto)![1]!;
  const camelCase = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  const fields = [...order.matchAll(/(\w+) = (\d+);/g)].map(([, name, number]) => [camelCase(name!), Number(number)]);
  expect(fieldNumbers).toEqual(Object.fromEntries(fields));
});

it('counts the same when Beam runs the validator', async () => {
  const recordAt = hostileRecords(options(0));
  const records = Array.from({ length: 2_000 }, (_, index) => recordAt(index).record);
  const config = loadConfig({});
  const run = await runStageDirectly('validator', records, { reference, clock: () => now, config });
  const written = (topic: string) => run.records.filter((record) => record.topic === topic).length;
  const { valid, rejected, 'dead-lettered': dead, reused } = totals(await fuzzValidator(options(2_000)));
  expect([written('valid_order'), written('rejected_order'), written('dead_letter')]).toEqual([
    valid,
    rejected,
    dead! + reused!,
  ]);
});

describe('finds a validator that', () => {
  type Outputs = readonly (readonly StepOutput[])[];
  /** What is found when the outputs of each batch are changed. */
  async function findings(change: (outputs: Outputs) => Outputs): Promise<string[]> {
    const wrap: FuzzOptions['wrap'] = (validate) => async (records, context) =>
      change(await validate(records, context));
    const report = await fuzzValidator(options(500, { wrap }));
    return [...new Set(report.findings.map(({ problem }) => problem))];
  }
  const firstWith = (outputs: Outputs, topic: string) => outputs.findIndex(([output]) => output && topic in output);
  const replaced = (outputs: Outputs, topic: string, output: readonly StepOutput[]) =>
    outputs.map((old, index) => (index === firstWith(outputs, topic) ? output : old));

  it('loses an order', async () => {
    expect(await findings((outputs) => replaced(outputs, 'valid_order', []))).toEqual(
      expect.arrayContaining(['is redelivery, and its message id was not seen before']),
    );
  });

  it('passes an order twice', async () => {
    const twice = (outputs: Outputs) => {
      const [output] = outputs[firstWith(outputs, 'valid_order')]!;
      return replaced(outputs, 'valid_order', [output!, output!]);
    };
    expect(await findings(twice)).toContain('ends as 2 records');
  });

  it('changes the bytes of an order', async () => {
    const change = (outputs: Outputs) => {
      const [{ valid_order: order }] = outputs[firstWith(outputs, 'valid_order')] as [StepOutput];
      const value = Buffer.concat([order!.value, Buffer.of(0x68, 1)]);
      return replaced(outputs, 'valid_order', [{ valid_order: { ...order!, value } }]);
    };
    expect(await findings(change)).toEqual(['passed with other bytes']);
  });

  it('loses a byte of a dead letter', async () => {
    const change = (outputs: Outputs) =>
      outputs.map((outputsOfRecord) =>
        outputsOfRecord.map((output) => {
          if (!output.dead_letter) return output;
          const letter = deadLetterCodec.decode(output.dead_letter.value);
          letter.value = letter.value.subarray(1);
          return { dead_letter: { ...output.dead_letter, value: deadLetterCodec.encode(letter) } };
        }),
      );
    expect(await findings(change)).toEqual(['the original bytes are not kept']);
  });

  it('sets a good order aside', async () => {
    const change = (outputs: Outputs) => {
      const [letter] = outputs[firstWith(outputs, 'dead_letter')]!;
      return replaced(outputs, 'valid_order', [letter!]);
    };
    expect(await findings(change)).toEqual(expect.arrayContaining(['the dead letter names another record']));
  });

  it('lets an order through that a later stage cannot take', async () => {
    const change = (outputs: Outputs) => {
      const [{ valid_order: order }] = outputs[firstWith(outputs, 'valid_order')] as [StepOutput];
      return replaced(outputs, 'valid_order', [{ valid_order: { ...order!, value: Buffer.of(0x0a, 1) } }]);
    };
    expect((await findings(change)).join()).toMatch(/enricher: UNDECODABLE/);
  });

  it('rejects a batch', async () => {
    const wrap: FuzzOptions['wrap'] = () => () => Promise.reject(new Error('no'));
    await expect(fuzzValidator(options(500, { wrap }))).rejects.toThrow(
      'the batch of 500 values from 0 on was rejected',
    );
  });
});
