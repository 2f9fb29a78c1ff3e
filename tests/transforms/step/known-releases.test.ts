/** A header proves nothing: only what the metastore has claimed is a release, by stage functions as they are wired. */
import { describe, expect, test } from 'vitest';
import type { BatchFunction } from '../../../beam/operators/batch-functions.js';
import { createInMemoryMetastore } from '../../../metastore/in-memory.js';
import { contentOf, type KafkaRecord } from '../../../model/record.js';
import { headersOf, releaseHeader } from '../../../model/release.js';
import { createStageFunctions, type StageDependencies } from '../../../pipelines/stage-functions.js';
import { deadLetterCodec, v1 } from '../../../proto/messages.js';
import { noReferenceData } from '../delivery-fixtures.js';
import { anOrder, clock, counting, enrichedRecord, HOUR, rawRecord, shop, warehouse } from '../fixtures.js';
import { ofPlain } from '../vaults.js';

function aMetastore() {
  const metastore = createInMemoryMetastore(
    {
      ...noReferenceData,
      locations: [warehouse, shop],
      routes: [{ orderType: 'STANDARD', destination: '*', route: 'INTERNAL' }],
    },
    clock,
  );
  const dependencies = {
    metastore,
    clock,
    maxOrderBytes: 10_000,
    ...ofPlain,
    allowedLatenessMs: 48 * HOUR,
  } as unknown as StageDependencies;
  const { counts, context } = counting();
  /** What the stage writes for each record: topics, and the reasons of dead letters. */
  const run = async (stage: 'validator' | 'router' | 'aggregator', ...records: KafkaRecord[]) => {
    const step = createStageFunctions[stage](dependencies) as unknown as BatchFunction<KafkaRecord, object>;
    const outputs = await step(records, context as never);
    return outputs.map((list) =>
      list.map((output) => {
        const { dead_letter: letter } = output as { dead_letter?: { value: Uint8Array } };
        return letter ? v1.DeadLetterReason[deadLetterCodec.decode(letter.value).reason] : Object.keys(output)[0];
      }),
    );
  };
  return { metastore, run, counts };
}

const good = rawRecord(anOrder(), 5);
const says = (record: KafkaRecord, release: string, offset: number): KafkaRecord => ({
  ...record,
  offset,
  headers: headersOf(release),
});

describe('a record that says that it is of a release', () => {
  test('passes as one when a replay has claimed it, for its bytes', async () => {
    const { metastore, run, counts } = aMetastore();
    await run('validator', good);
    metastore.claimRelease('raw_order/1/5/validator/1', contentOf(good.value));
    expect(await run('validator', says(good, 'raw_order/1/5/validator/1', 9))).toEqual([['valid_order']]);
    expect(metastore.history.map(({ status }) => status)).toEqual(['VALIDATED', 'RELEASED']);
    expect(counts).toMatchObject({ in: 2 });
    expect(counts).not.toHaveProperty('pretended_release');
  });

  test.each([
    ['which nobody has claimed', 'raw_order/1/5/validator/999'],
    ['of another number', 'raw_order/1/5/validator/2'],
    ['for other bytes', 'raw_order/1/5/validator/1'],
    ['of another topic', 'valid_order/1/5/enricher/1'],
    ['in words that mean nothing', 'raw_order'],
  ])('%s, is an ordinary one', async (_what, release) => {
    const { metastore, run, counts } = aMetastore();
    metastore.claimRelease('raw_order/1/5/validator/1', contentOf(good.value));
    const forged = rawRecord(anOrder({ lines: [{ sku: 's-1', quantity: 777, unitPrice: 1 }] }), 9);
    expect(await run('validator', good, says(forged, release, 9))).toEqual([['valid_order'], ['MESSAGE_ID_REUSED']]);
    expect(counts).toMatchObject({ in: 2, out: 1, dead_letter: 1, pretended_release: 1 });
  });

  test('for a stage that does not read its topic, is not lost', async () => {
    const { run, counts } = aMetastore();
    expect(await run('validator', says(good, 'raw_order/0/1/enricher/1', 5))).toEqual([['valid_order']]);
    expect(counts).toEqual({ in: 1, out: 1, pretended_release: 1 });
  });

  test('of one reader of the topic, is none to the other one either', async () => {
    const { metastore, run } = aMetastore();
    const [record, order] = [enrichedRecord(anOrder(), 5), anOrder({ orderId: 'o-2', messageId: 'm-2' })];
    const forRouter = says(record, 'enriched_order/1/1/router/1', 6);
    expect(await run('aggregator', forRouter)).toEqual([['aggregate']]);
    const known = enrichedRecord(order, 7);
    metastore.claimRelease('enriched_order/1/2/router/1', contentOf(known.value));
    expect(await run('aggregator', says(known, 'enriched_order/1/2/router/1', 7))).toEqual([[]]);
    expect(await run('router', says(known, 'enriched_order/1/2/router/1', 7), forRouter)).toEqual([
      ['internal_order'],
      ['internal_order'],
    ]);
  });

  test('twice, or beside other headers, is no more than that', async () => {
    const { run, counts } = aMetastore();
    const headers = [
      { key: 'trace', value: null },
      { key: releaseHeader, value: null },
      ...headersOf('raw_order/1/5/validator/1'),
    ];
    expect(await run('validator', { ...good, headers })).toEqual([['valid_order']]);
    expect(counts).toEqual({ in: 1, out: 1, pretended_release: 1 });
  });
});
