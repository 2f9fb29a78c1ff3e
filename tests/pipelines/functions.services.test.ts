/** What a worker's functions go by: the submission, and not the environment that their pool was started in. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { batchFunction, closeFunctions } from '../../beam/operators/batch-functions.js';
import { loadConfig } from '../../config.js';
import { migrate } from '../../metastore/migrate.js';
import type { KafkaRecord } from '../../model/record.js';
import type { StageName } from '../../model/stages.js';
import { stageOptions } from '../../pipelines/stage-options.js';
import { aPartner } from '../partner/process.js';
import { startPostgres, type TestPostgres } from '../postgres.js';
import { anOrder, enrichedRecord, externalRecord, onlyOutput, rawRecord } from '../transforms/fixtures.js';

const nobody = 'http://127.0.0.1:1/orders';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
  await migrate(postgres.database);
  Object.assign(process.env, {
    ORDERFLOW_POSTGRES_URL: postgres.url,
    // None of these may count.
    ORDERFLOW_PARTNER_URL: nobody,
    ORDERFLOW_MAX_ORDER_BYTES: '1',
    ORDERFLOW_ALLOWED_LATENESS_MS: '1',
  });
  await import('../../pipelines/functions.js');
});
afterAll(async () => {
  await closeFunctions();
  await postgres.stop();
});

/** The topic, or `aggregate`, that a stage has for a record, as it is submitted with these settings. */
async function outcomeOf(stage: StageName, record: KafkaRecord, submission: Record<string, string> = {}) {
  const process = batchFunction(stage, stageOptions(loadConfig(submission)));
  const output = onlyOutput(await process([record], { count: () => undefined })) as object;
  return Object.keys(output)[0];
}

it("measures lateness by each submission's own setting, in one process", async () => {
  // Each another order: what was decided of one stands.
  const anHourLate = (n: number) => enrichedRecord(anOrder({ orderId: `o-late-${n}`, messageId: `m-late-${n}` }), n);
  expect(await outcomeOf('aggregator', anHourLate(1))).toBe('aggregate');
  expect(await outcomeOf('aggregator', anHourLate(2), { ORDERFLOW_ALLOWED_LATENESS_MS: '1000' })).toBe('dead_letter');
  expect(await outcomeOf('aggregator', anHourLate(3))).toBe('aggregate');
});

it("measures an order's size by the submission's limit", async () => {
  const record = rawRecord(anOrder());
  expect(await outcomeOf('validator', record)).not.toBe('dead_letter');
  expect(await outcomeOf('validator', record, { ORDERFLOW_MAX_ORDER_BYTES: '50' })).toBe('dead_letter');
});

it("delivers to the submission's partner", async () => {
  const partner = await aPartner();
  const deliver = batchFunction('external-processor', stageOptions(loadConfig({ ORDERFLOW_PARTNER_URL: partner.ordersUrl }))); // prettier-ignore
  await deliver([externalRecord(anOrder({ orderId: 'o-2', messageId: 'm-2' }))], { count: () => undefined });
  expect((await partner.entries()).map(({ orderId, outcome }) => [orderId, outcome])).toEqual([['o-2', 'effect']]);
});

it('tries what was parked again at the partner of the submission, when its time has come', async () => {
  const partner = await aPartner();
  const submitted = (url: string) => stageOptions(loadConfig({ ORDERFLOW_PARTNER_URL: url, ORDERFLOW_PARTNER_ATTEMPTS: '1' })); // prettier-ignore
  const park = batchFunction('external-processor', submitted(nobody));
  await park([externalRecord(anOrder({ orderId: 'o-3', messageId: 'm-3' }), 3)], { count: () => undefined });
  const redeliver = batchFunction('redelivery', submitted(partner.ordersUrl));
  await expect
    .poll(
      async () => {
        await redeliver(['tick'], { count: () => undefined });
        return (await partner.entries()).map(({ orderId, outcome }) => [orderId, outcome]);
      },
      { timeout: 20_000 },
    )
    .toEqual([['o-3', 'effect']]);
});
