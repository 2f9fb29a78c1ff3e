/** What operators do to a running system, under load: savepoints, rescaling, an upgrade, and nothing lost or doubled. Part of chain.test.ts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Config, loadConfig } from '../../config.js';
import { filterLetters, readLetters } from '../../dead-letters/letters.js';
import { replay } from '../../dead-letters/replay.js';
import { resumeByDoor, resumeWithStep } from '../../faults/upgrades.js';
import { workersPerSubtask } from '../../flink/capacity.js';
import { listJobs } from '../../flink/jobs.js';
import { waitUntilRead } from '../../flink/readers.js';
import { restartStages, saveStages, stopStages, submitMissing, waitUntilRunning } from '../../flink/stage-jobs.js';
import type { StageState } from '../../flink/submissions.js';
import { submitStage } from '../../flink/submit.js';
import { withMetastore } from '../../generator/before-publishing.js';
import { generateOrders } from '../../generator/orders.js';
import { publishOrders } from '../../generator/producer.js';
import type { Summary } from '../../generator/summary.js';
import { withKafkaAdmin } from '../../kafka/client.js';
import { growTopics } from '../../kafka/topics.js';
import { localServices } from '../../local/services.js';
import { workerPids } from '../../local/workers.js';
import { withPool } from '../../metastore/connection.js';
import { databaseOf } from '../../metastore/database.js';
import { orderStory } from '../../metastore/queries.js';
import { defaultReferenceFile, readReferenceFile } from '../../metastore/reference-data.js';
import { fusedFunction } from '../../model/fusion.js';
import { type StageName, stageNames } from '../../model/stages.js';
import { topicNames } from '../../model/topics.js';
import { setPartnerBehaviour } from '../../partner/behaviour.js';
import { type JournalEntry, readEntries } from '../../partner/journal.js';
import { createReader, type Scope } from '../../reconcile/read.js';
import { scopeFromNow } from '../../reconcile/scope.js';
import { readUntilSettled } from '../../reconcile/settle.js';
import { listenersOf } from '../listeners.js';

const ordersPerSecond = 100;
const patience = { timeout: 120_000, interval: 500 };

/** To be called within a `describe`: `stack` answers, once the tests run, with a stack that works, its jobs at parallelism 2. */
export function describeOperations(stack: () => Config): void {
  let config: Config;
  let scope: Scope;
  let load: Promise<Summary>;
  const endOfLoad = new AbortController();

  /** The same stack, with jobs of another parallelism. */
  const atParallelism = (parallelism: number): Config =>
    loadConfig({ ...config.environment, ORDERFLOW_PARALLELISM: String(parallelism) });

  beforeAll(async () => {
    config = stack();
    const data = await readReferenceFile(defaultReferenceFile);
    scope = await scopeFromNow(config);
    const orders = generateOrders(data, { seed: 4, count: Infinity, rate: ordersPerSecond });
    load = withMetastore(config, (metastore) =>
      publishOrders(config, orders, metastore, { batch: 50, rate: ordersPerSecond, signal: endOfLoad.signal }),
    );
    load.catch(() => {});
  }, 60_000);

  afterAll(async () => {
    endOfLoad.abort();
    await load.catch(() => {});
  }, 120_000);

  /** How many processes have worked on records by a function of this name, among those that run now. */
  async function workersOf(functionName: string): Promise<number> {
    const { body } = await request(`http://${config.host}:${config.ports.workerMetrics}/metrics`);
    const lines = (await body.text()).matchAll(/^orderflow_worker_records_total\{stage="([^"]+)",.*\} (\d+)$/gm);
    return [...lines].filter(([, name, records]) => name === functionName && Number(records) > 0).length;
  }

  test('takes savepoints of all jobs, which go on', async () => {
    const saved = await saveStages(config, stageNames);
    expect(saved.map(({ name, state }) => [name, state?.kind]).sort()).toEqual(
      stageNames.map((name) => [name, 'savepoint']).sort(),
    );
    expect((await listJobs(config)).filter(({ hasStarted }) => hasStarted).map(({ name }) => name)).toEqual(
      stageNames.toSorted(),
    );
  }, 120_000);

  test('listens on the loopback interface alone, with all jobs at work', () => {
    const listeners = listenersOf(config);
    const expected = localServices(config).filter(({ addOn, ports }) => !addOn && ports.length > 0);
    const services = new Set<string>(listeners.map(({ service }) => service));
    expect(expected.filter(({ name }) => !services.has(name)).map(({ name }) => name)).toEqual([]);
    // A TaskManager has some servers for each of its workers.
    expect(listeners.filter(({ service }) => service === 'taskmanager').length).toBeGreaterThan(20);
    expect(listeners.filter(({ isLoopback }) => !isLoopback)).toEqual([]);
  });

  test('has as many workers of each stage as are counted before a submission', () => {
    const counts: Partial<Record<string, number>> = {};
    for (const pid of workerPids(config)) {
      const [, stage] = /^orderflow worker: (\S+)/.exec(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))!;
      counts[stage!] = (counts[stage!] ?? 0) + 1;
    }
    expect(counts).toEqual(Object.fromEntries(stageNames.map((name) => [name, 2 * workersPerSubtask[name].all])));
  });

  test('refuses a parallelism that does not fit, and stops nothing for it', async () => {
    const before = await listJobs(config);
    await expect(restartStages(atParallelism(8), stageNames, () => {})).rejects.toMatchObject({
      code: 'TOO_FEW_PARTITIONS',
    });
    expect((await listJobs(config)).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  });

  test.each([1, 4, 2])(
    'rescales to %i, with every reader at work',
    async (parallelism) => {
      const stages: StageName[] = ['validator', 'aggregator'];
      const kinds: (string | undefined)[] = [];
      await restartStages(atParallelism(parallelism), stages, ({ state }) => kinds.push(state?.kind));
      expect(kinds).toEqual(['savepoint', 'savepoint']);
      for (const name of [fusedFunction, 'aggregator'])
        await vi.waitUntil(async () => (await workersOf(name)) === parallelism, patience);
    },
    240_000,
  );

  test('goes on from a savepoint with a step more in front of the sums, whose panes keep what they had', async () => {
    await resumeWithStep(config, 'aggregator');
    // A pane of an order that came before the savepoint has more than came since, which the account at the end shows.
  }, 240_000);

  test('refuses to go on without a part of the state, unless it is told to', async () => {
    const [{ state }] = (await saveStages(config, ['aggregator'])) as [StageState];
    const [stopped] = await stopStages(config, ['enricher']);
    const submit = (dropState: boolean) =>
      submitStage(config, 'enricher', { from: { statePath: state!.path, dropState } });
    await expect(submit(false)).rejects.toMatchObject({ code: 'STATE_WOULD_BE_DROPPED' });
    await submit(true);
    await waitUntilRunning(config, ['enricher']);
    await stopStages(config, ['enricher']);
    await submitMissing(config, ['enricher'], { from: { path: stopped!.state!.path } });
    await waitUntilRunning(config, ['enricher']);
  }, 240_000);

  test('goes on from a savepoint where Kafka has another address than when it was taken', async () => {
    const kinds: (string | undefined)[] = [];
    const door = await resumeByDoor(config, ['router'], ({ state }) => kinds.push(state?.kind));
    await door.close();
    await restartStages(config, ['router'], ({ state }) => kinds.push(state?.kind));
    expect(kinds).toEqual(['savepoint', 'savepoint']);
    const lag = async () => {
      const [ends, group] = await withKafkaAdmin(config, (admin) =>
        Promise.all([
          admin.fetchTopicOffsets('enriched_order'),
          admin.fetchOffsets({ groupId: 'router', topics: ['enriched_order'] }),
        ]),
      );
      const end = ends.reduce((sum, { high }) => sum + Number(high), 0);
      return end - group[0]!.partitions.reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
    };
    // A load of half a minute at most is open: it reads, and commits.
    await vi.waitUntil(async () => (await lag()) < 30 * ordersPerSecond, patience);
  }, 240_000);

  test('gives topics more partitions, which all stages read', async () => {
    const larger = loadConfig({ ...config.environment, ORDERFLOW_PARTITIONS: '6' });
    const grown = await growTopics(larger);
    expect(grown).toEqual(topicNames.map((topic) => ({ topic, from: 4, to: 6 })));
    const reading = await waitUntilRead(larger, new Map(grown.map(({ topic, to }) => [topic, to])));
    expect(reading.toSorted()).toEqual(stageNames.toSorted());
    // Their writers know the new partitions at once: orders on their way, and panes of windows that have some, move there.
    await restartStages(atParallelism(3), ['validator', 'aggregator'], () => {});
    const readFromNew = async () => {
      const [of] = await withKafkaAdmin(config, (admin) =>
        admin.fetchOffsets({ groupId: 'enricher', topics: ['valid_order'] }),
      );
      return of!.partitions.filter(({ partition, offset }) => partition >= 4 && Number(offset) > 0).length;
    };
    await vi.waitUntil(async () => (await readFromNew()) === 2, patience);
  }, 240_000);

  test('releases refused deliveries, each once and under another key', async () => {
    const reason = 'DELIVERY_REFUSED';
    await setPartnerBehaviour(config, { status: 422 });
    const refused = async () => filterLetters((await readLetters(config)).letters, { reason });
    await vi.waitUntil(async () => (await refused()).length > 10, patience);
    await setPartnerBehaviour(config, {});
    // What was under way has been refused, too, when the topic no longer grows.
    let letters = await refused();
    await vi.waitUntil(async () => letters.length === (letters = await refused()).length, {
      ...patience,
      interval: 3_000,
    });

    const options = { by: 'test', why: 'the partner takes orders again' };
    const ids = letters.map(({ id }) => id);
    const outcomes = async () => (await replay(config, { ids }, options)).map(({ outcome }) => outcome);
    expect(new Set(await outcomes())).toEqual(new Set(['sent']));
    expect(new Set(await outcomes())).toEqual(new Set(['released']));

    const orders = new Set(letters.map(({ orderId }) => orderId));
    const requests = async () => {
      const entries: JournalEntry[] = [];
      for await (const entry of readEntries(join(config.home, 'partner', 'journal.ndjson')))
        if (orders.has(entry.orderId)) entries.push(entry);
      return entries;
    };
    const taken = async () => (await requests()).filter(({ outcome }) => outcome === 'effect');
    await vi.waitUntil(async () => (await taken()).length === orders.size, patience);
    const keysOf = (outcome: JournalEntry['outcome'], entries: readonly JournalEntry[]) =>
      new Set(entries.filter((entry) => entry.outcome === outcome).map(({ idempotencyKey }) => idempotencyKey));
    const all = await requests();
    expect(keysOf('effect', all).size).toBe(orders.size);
    expect([...keysOf('effect', all)].filter((key) => keysOf('refused', all).has(key))).toEqual([]);

    const story = await withPool(databaseOf(config, 'operator'), (pool) => orderStory(pool, letters[0]!.orderId));
    const [publication] = story!.publications;
    expect(publication!.lines.slice(-3).map(({ status, attempt }) => [status, attempt])).toEqual([
      ['DELIVERY_FAILED', 1],
      ['RELEASED', 2],
      ['DELIVERED', 2],
    ]);
  }, 240_000);

  test('goes on after a stop of all jobs, and has lost and doubled nothing in all this', async () => {
    const stopped = await stopStages(config, stageNames);
    expect(stopped.map(({ state }) => state?.kind)).toEqual(stageNames.map(() => 'savepoint'));
    expect(await listJobs(config)).toEqual([]);
    const submitted = await submitMissing(config, stageNames);
    expect(submitted.map(({ state }) => state?.path).sort()).toEqual(stopped.map(({ state }) => state?.path).sort());
    await waitUntilRunning(config, stageNames);

    endOfLoad.abort();
    const { orders } = await load;
    const report = await withPool(databaseOf(config, 'operator'), async (pool) => {
      using reader = createReader(config, pool, { scope });
      return await readUntilSettled(reader, { waitMs: 120_000 });
    });
    expect(report).toMatchObject({ orders, lost: 0, duplicated: 0, reconciled: true, problems: [] });
    expect(report.partner).toMatchObject({ effects: report.delivered, conflicts: 0 });
    expect(report.partner!.effects).toBe(report.partner!.orders);
  }, 300_000);
}
