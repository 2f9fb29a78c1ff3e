/** What a test of the validator's two forms, alone and carrying orders on, does to its stack and sees of it. Part of fused.test.ts. */
import { request } from 'undici';
import { expect, vi } from 'vitest';
import type { Config } from '../../config.js';
import { withMetastore } from '../../generator/before-publishing.js';
import { generateOrders } from '../../generator/orders.js';
import { publishOrders } from '../../generator/producer.js';
import type { Summary } from '../../generator/summary.js';
import { stageLag } from '../../kafka/lag.js';
import { readTopic, type TopicPosition } from '../../kafka/topic-reader.js';
import { withPool } from '../../metastore/connection.js';
import { databaseOf } from '../../metastore/database.js';
import { loadReferenceData } from '../../metastore/load-reference-data.js';
import type { ReferenceData } from '../../metastore/reference-data.js';
import { carriedHeader } from '../../model/fusion.js';
import type { KafkaRecord } from '../../model/record.js';
import type { StageName } from '../../model/stages.js';
import type { TopicName } from '../../model/topics.js';
import { createReader, type Scope } from '../../reconcile/read.js';
import type { Report } from '../../reconcile/report.js';
import { readUntilSettled } from '../../reconcile/settle.js';
import { orderflow, settingsOf } from '../cli/orderflow.js';

export const patience = { timeout: 180_000, interval: 1_000 };

/** What a report has where all is well. */
export const complete = { lost: 0, duplicated: 0, unaccounted: 0, reconciled: true, problems: [] };

export type Forms = ReturnType<typeof createForms>;

const isCarried = ({ headers }: KafkaRecord) => headers?.some(({ key }) => key === carriedHeader) ?? false;

/** Of a stack with all stages at work. */
export function createForms(config: Config, reference: ReferenceData) {
  let seed = 0;
  return {
    /** As an operator does it: the job goes on from the savepoint of the other form, with all of its state. */
    async changeTo(fused: boolean): Promise<void> {
      const settings = { ...settingsOf(config), ORDERFLOW_FUSED: String(fused) };
      const { code, stdout, stderr } = await orderflow(['restart', 'validator'], settings);
      expect({ code, stdout }, stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('from a savepoint') });
    },

    /** Publishes so many orders of its own a second: `count`, or for as long as `signal` lets it. */
    publish(count: number, { rate, signal }: { rate: number; signal?: AbortSignal }): Promise<Summary> {
      seed += 1;
      const orders = generateOrders(reference, { seed, count, rate });
      return withMetastore(config, (metastore) =>
        publishOrders(config, orders, metastore, { batch: rate / 2, rate, signal }),
      );
    },

    /** The routes of the reference data, those of an order type left out. */
    async setRoutes(options: { without?: string } = {}): Promise<void> {
      await withPool(databaseOf(config, 'owner'), async (pool) => {
        await loadReferenceData(pool, reference);
        await pool.query('DELETE FROM routes WHERE order_type = $1', [options.without ?? '']);
      });
    },

    /** Records of a topic: those that its reader passes over, and the others. */
    async recordsOf(topic: TopicName, from?: TopicPosition) {
      const [carried, others]: [KafkaRecord[], KafkaRecord[]] = [[], []];
      const { position } = await readTopic(
        config,
        topic,
        (record) => void (isCarried(record) ? carried : others).push(record),
        { from },
      );
      return { carried, others, position };
    },

    /** How many records the workers of a batch function have handled, those that run now. */
    async handledBy(name: StageName | 'fused'): Promise<number> {
      const { body } = await request(`http://${config.host}:${config.ports.workerMetrics}/metrics`);
      const lines = (await body.text()).matchAll(
        /^orderflow_worker_records_total\{stage="([^"]+)",pid="\d+"\} (\d+)$/gm,
      );
      return [...lines].reduce((sum, [, stage, records]) => (stage === name ? sum + Number(records) : sum), 0);
    },

    /** Until the stages have read, and committed, all that there is. */
    async untilRead(...stages: StageName[]): Promise<void> {
      await vi.waitFor(async () => {
        const lag = await stageLag(config);
        expect(stages.map((stage) => lag[stage])).toEqual(stages.map(() => 0));
      }, patience);
    },

    /** The account of what came since, when nothing is under way any more, or after that wait (ms). */
    settled(scope: Scope, waitMs = patience.timeout): Promise<Report> {
      return withPool(databaseOf(config, 'operator'), async (pool) => {
        using reader = createReader(config, pool, { scope });
        return await readUntilSettled(reader, { waitMs });
      });
    },
  };
}
