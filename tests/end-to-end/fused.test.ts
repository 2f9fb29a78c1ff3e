/** The validator, once alone and once carrying orders on: either form takes over from the other, and each order ends once, whichever it met. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { loadConfig, type Config } from '../../config.js';
import { filterLetters, type Letter, readLetters } from '../../dead-letters/letters.js';
import { replay } from '../../dead-letters/replay.js';
import { start } from '../../demo/start.js';
import { saveStages, stopStages, submitMissing, waitUntilRunning } from '../../flink/stage-jobs.js';
import type { StageState } from '../../flink/submissions.js';
import { topicOffsets, withKafkaAdmin } from '../../kafka/client.js';
import { readTopic, type TopicPosition } from '../../kafka/topic-reader.js';
import { killService } from '../../local/lifecycle.js';
import { withPool } from '../../metastore/connection.js';
import { databaseOf } from '../../metastore/database.js';
import { orderStory } from '../../metastore/queries.js';
import { defaultReferenceFile, readReferenceFile } from '../../metastore/reference-data.js';
import { gapsSince } from '../../metastore/unread-gaps.js';
import { stageNames } from '../../model/stages.js';
import type { Scope } from '../../reconcile/read.js';
import { scopeFromNow } from '../../reconcile/scope.js';
import { orderflow, settingsOf } from '../cli/orderflow.js';
import { localStack, removeLocalStack } from '../local-stack.js';
import { complete, createForms, patience, type Forms } from './forms.js';

const rate = 120;
const release = { by: 'test', why: 'routes added' };

let config: Config;
let forms: Forms;
let scopeOfAll: Scope;
beforeAll(async () => {
  config = await localStack({ ORDERFLOW_FUSED: 'false' });
  const reference = await readReferenceFile(defaultReferenceFile);
  forms = createForms(config, reference);
  const { signal } = new AbortController();
  ({ scope: scopeOfAll } = await start(config, reference, { addOns: [], signal }));
}, 600_000);
afterAll(() => removeLocalStack(config), 120_000);

test('changes its form under load, to and fro, with kills right after it, and loses and doubles nothing', async () => {
  const endOfLoad = new AbortController();
  const load = forms.publish(Infinity, { rate, signal: endOfLoad.signal });
  load.catch(() => {});
  let position: TopicPosition | undefined;
  /** Until the validator has written orders for some seconds in that form. */
  const untilWritten = async (form: 'carried' | 'others') => {
    let written = 0;
    await vi.waitUntil(async () => {
      const records = await forms.recordsOf('valid_order', position);
      ({ position } = records);
      return (written += records[form].length) >= 5 * rate;
    }, patience);
  };
  try {
    await untilWritten('others');
    for (const { fused, kill } of [
      { fused: true, kill: false },
      { fused: false, kill: false },
      { fused: true, kill: true },
      { fused: false, kill: true },
      { fused: true, kill: false },
    ]) {
      await forms.changeTo(fused);
      if (kill) killService(config, 'taskmanager');
      await untilWritten(fused ? 'carried' : 'others');
    }
  } finally {
    endOfLoad.abort();
  }
  const { orders } = await load;
  expect(await forms.settled(scopeOfAll)).toMatchObject({ ...complete, orders });
}, 900_000);

test('passes over what was carried: its readers come to the end, and their workers have handled none of it', async () => {
  await forms.untilRead('enricher', 'router');
  const handled = () => Promise.all([forms.handledBy('enricher'), forms.handledBy('router')]);
  const [before, beforeFused] = [await handled(), await forms.handledBy('fused')];
  const scope = await scopeFromNow(config);
  const { records } = await forms.publish(600, { rate });
  const report = await forms.settled(scope);
  expect(report).toMatchObject(complete);
  await forms.untilRead('enricher', 'router');
  for (const topic of ['valid_order', 'enriched_order'] as const) {
    const { carried, others } = await forms.recordsOf(topic, scope.from.get(topic));
    expect([topic, others.length]).toEqual([topic, 0]);
    expect(carried.length).toBe(report.valid);
  }
  expect((await forms.recordsOf('internal_order')).carried).toEqual([]);
  // The workers tell the pool of it a little later.
  await vi.waitFor(async () => expect(await forms.handledBy('fused')).toBe(beforeFused + records), patience);
  await vi.waitFor(async () => expect(await handled()).toEqual(before), patience);
}, 300_000);

/** Publishes orders, some of which have no route, and answers what becomes of them: with the letters, once all is settled. */
async function publishWithoutRoutes(scope: Scope): Promise<{ letters: Letter[]; enriched: number }> {
  await forms.setRoutes({ without: 'EXPRESS' });
  await forms.publish(300, { rate });
  const report = await forms.settled(scope);
  expect(report).toMatchObject(complete);
  await forms.setRoutes();
  const letters = await lettersSince(scope);
  expect(letters.length).toBeGreaterThan(10);
  return { letters, enriched: report.enriched };
}

/** Letters without a route of the orders that came since. */
async function lettersSince(scope: Scope): Promise<Letter[]> {
  const orders = new Set<string>();
  const from = scope.from.get('raw_order');
  await readTopic(config, 'raw_order', ({ key }) => void orders.add(String(key)), { from });
  const { letters } = await readLetters(config);
  return filterLetters(letters, { reason: 'NO_ROUTE' }).filter(({ orderId }) => orders.has(orderId));
}

/** Waits until each letter's order has been routed once since, and its history says how. */
async function untilRouted(letters: readonly Letter[], { from }: Scope): Promise<void> {
  const once = new Map(letters.map(({ orderId }) => [orderId, 1]));
  await vi.waitFor(async () => {
    const routed = new Map<string, number>();
    for (const topic of ['internal_order', 'external_order'] as const)
      for (const { key } of (await forms.recordsOf(topic, from.get(topic))).others)
        if (once.has(String(key))) routed.set(String(key), (routed.get(String(key)) ?? 0) + 1);
    expect(routed).toEqual(once);
  }, patience);
  await withPool(databaseOf(config, 'operator'), async (pool) => {
    for (const orderId of once.keys()) {
      const { lines } = (await orderStory(pool, orderId))!.publications[0]!;
      const ofRouter = lines.filter(({ recordedBy }) => recordedBy === 'router');
      expect(ofRouter.map(({ status, attempt }) => [status, attempt])).toEqual([
        ['DEAD_LETTERED', 1],
        ['RELEASED', 2],
        ['ROUTED', 2],
      ]);
    }
  });
}

test('releases what the router set aside of what was carried to it, in whichever form it is by then', async () => {
  const scope = await scopeFromNow(config);
  const { letters, enriched } = await publishWithoutRoutes(scope);
  const names = new Map<string, string>();
  await readTopic(config, 'raw_order', ({ partition, offset, key }) => {
    names.set(`raw_order/${partition}/${offset}/router`, String(key));
  });
  // Each by the record that was carried.
  expect(letters.map(({ id }) => names.get(id))).toEqual(letters.map(({ orderId }) => orderId));

  const [now, later] = [letters.slice(0, letters.length >> 1), letters.slice(letters.length >> 1)];
  const words = ['dead-letters', 'replay', ...now.map(({ id }) => id), '--why', release.why, '--json'];
  const { code, stdout } = await orderflow(words, settingsOf(config));
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ releases: now.map(({ id }) => ({ id, outcome: 'sent', release: 1 })) });
  await untilRouted(now, scope);

  await forms.changeTo(false);
  const released = await replay(config, { ids: later.map(({ id }) => id) }, release);
  expect(new Set(released.map(({ outcome }) => outcome))).toEqual(new Set(['sent']));
  await untilRouted(later, scope);
  const deadLetters = { released: letters.length };
  expect(await forms.settled(scope)).toMatchObject({ ...complete, enriched, deadLetters });
  await forms.changeTo(true);
}, 600_000);

test('reads again in one form what it has read in the other: also what was set aside has one end', async () => {
  const scope = await scopeFromNow(config);
  const [{ state }] = (await saveStages(config, ['validator'])) as [StageState];
  const { letters, enriched } = await publishWithoutRoutes(scope);
  await stopStages(config, ['validator']);
  const alone = loadConfig({ ...config.environment, ORDERFLOW_FUSED: 'false' });
  await submitMissing(alone, ['validator'], { from: { path: state!.path } });
  await waitUntilRunning(config, ['validator']);
  await forms.untilRead(...stageNames);
  expect(await forms.settled(scope)).toMatchObject({ ...complete, enriched });

  // Set aside once more, by the router's own job: its decision stands, though there is a route by now.
  const again = (await lettersSince(scope)).filter(({ topic }) => topic === 'enriched_order');
  expect(again.map(({ orderId }) => orderId).sort()).toEqual(letters.map(({ orderId }) => orderId).sort());
  for (const some of [letters, again]) {
    await replay(config, { ids: some.map(({ id }) => id) }, release);
    await forms.untilRead(...stageNames);
    expect(await forms.settled(scope)).toMatchObject({ ...complete, enriched });
  }
  await forms.changeTo(true);
}, 600_000);

test('tells of a gap in what was carried, by the first record behind it, which changes nothing', async () => {
  await forms.untilRead('enricher', 'router');
  await stopStages(config, ['enricher']);
  const scope = await scopeFromNow(config);
  await forms.publish(300, { rate });
  const before = await forms.settled(scope);
  expect(before).toMatchObject(complete);
  const topic = 'valid_order';
  const gaps = await withKafkaAdmin(config, async (admin) => {
    const ends = (await topicOffsets(admin, topic)).toSorted((a, b) => a.partition - b.partition);
    await admin.fetchTopicMetadata({ topics: [topic] });
    const partitions = ends.map(({ partition, high }) => ({ partition, offset: String(high - 1) }));
    await admin.deleteTopicRecords({ topic, partitions });
    const from = scope.from.get(topic)!;
    return ends.map(({ partition, high }) => ({ partition, first: from.get(partition)!, next: high - 1 }));
  });
  await submitMissing(config, ['enricher']);
  await waitUntilRunning(config, ['enricher']);
  await forms.untilRead('enricher', 'router');
  const told = await withPool(databaseOf(config, 'operator'), (pool) => gapsSince(pool, 0));
  expect(told.toSorted((a, b) => a.partition - b.partition)).toEqual(
    gaps.map((gap) => ({ stage: 'enricher', topic, ...gap, noticedAt: expect.any(Number) })),
  );
  await vi.waitFor(async () => expect(await forms.handledBy('enricher')).toBe(gaps.length), patience);

  // As of any gap: what was deleted is lost to the enricher. But each order has gone its way, also those that it has read again.
  const { orders, enriched, outcomes } = before;
  const lost = gaps.reduce((sum, { first, next }) => sum + next - first, 0);
  const after = await forms.settled(scope, 0);
  expect(after).toMatchObject({ orders, enriched, outcomes, lost, duplicated: 0, unaccounted: 0 });
  expect(after.problems.map(({ what }) => what)).toEqual(
    gaps.map(() => expect.stringContaining('were deleted by Kafka before the enricher had read them')),
  );
}, 600_000);
