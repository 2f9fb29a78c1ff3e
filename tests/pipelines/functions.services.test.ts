/** What a worker's functions go by: the submission, and not the environment that their pool was started in. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { batchFunction, closeFunctions } from '../../beam/operators/batch-functions.js';
import { loadConfig } from '../../config.js';
import { migrate } from '../../metastore/migrate.js';
import type { KafkaRecord } from '../../model/record.js';
import type { StageName } from '../../model/stages.js';
import { stageOptions } from '../../pipelines/stage-options.js';
import { aPartner } from '../partner/process.js';
import { linesHere } from '../cli/here.js';
import { startPostgres, type TestPostgres } from '../postgres.js';
import { aFolder } from '../transforms/delivery/partner-access.js';
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

it('has an order wait whose partner does not know us, says why to who asks, and delivers it once the partner does', async () => {
  const { put } = aFolder();
  const tokenFile = put('token', 'MARK-1');
  const partner = await aPartner(undefined, { auth: { kind: 'bearer', tokenFile } });
  const entry = { url: partner.ordersUrl, auth: { kind: 'bearer', tokenFile: 'ours' }, privateNetworks: true };
  const submitted = stageOptions(
    loadConfig({
      ORDERFLOW_PARTNERS_FILE: put('partners.json', JSON.stringify({ '*': entry })),
      ORDERFLOW_PARTNER_ATTEMPTS: '1',
      ORDERFLOW_PARTNER_RETRY_MS: '1',
    }),
  );
  const context = { count: () => undefined };
  const redeliver = async () => void (await batchFunction('redelivery', submitted)(['tick'], context));
  /** What the commands say of it, after it was tried again. */
  const said = async () => {
    await redeliver();
    return [...(await linesHere('parked', 'list')), ...(await linesHere('order', 'o-4'))].join('\n');
  };
  await batchFunction('external-processor', submitted)(
    [externalRecord(anOrder({ orderId: 'o-4', messageId: 'm-4' }), 4)],
    context,
  );
  const all: string[] = [];
  const isSaid = (why: string) =>
    expect.poll(async () => (all.push(await said()), all.at(-1)), { timeout: 20_000 }).toContain(why);
  await isSaid('ours is missing');
  put('ours', 'MARK-2');
  await isSaid('HTTP 401: it does not accept our credentials');
  put('ours', 'MARK-1');
  await expect
    .poll(async () => (await redeliver(), (await partner.entries()).at(-1)?.outcome), { timeout: 20_000 })
    .toBe('effect');
  expect((await partner.entries()).filter(({ outcome }) => outcome === 'effect')).toHaveLength(1);
  expect(all.join('\n')).not.toContain('MARK');
});
