/**
 * The orders' way as a durable workflow: each stage is a step, whose outputs DBOS keeps, so that a workflow that was cut off goes on behind the
 * last step that was kept, with the same records at the same offsets. A step that was not kept is done again, which each of them bears.
 * https://docs.dbos.dev/typescript/tutorials/workflow-tutorial, https://docs.dbos.dev/typescript/tutorials/step-tutorial
 */
import { deserialize, serialize } from 'node:v8';
import type { KafkaRecord } from '../../../model/record.js';
import type { TopicName } from '../../../model/topics.js';
import type { Dbos, Workflow } from './sdk.js';
import type { Stages } from './stages.js';

/** What stopped a step goes away by itself: a server that does not answer. An order that is at fault is a dead letter. */
const untilItIsDone = {
  retriesAllowed: true,
  maxAttempts: Number.MAX_SAFE_INTEGER,
  intervalSeconds: 1,
  backoffRate: 1,
};

/** Records as DBOS keeps them: a text, which it takes as it is. */
export const pack = (records: readonly KafkaRecord[]): string => serialize(records).toString('base64');
const unpack = (text: string) => deserialize(Buffer.from(text, 'base64')) as KafkaRecord[];

export interface Workflows {
  /** Takes records of `raw_order` where they belong. */
  readonly carry: Workflow<[string]>;
  readonly writePanes: Workflow<[Date, unknown]>;
  readonly redeliver: Workflow<[Date, unknown]>;
}

/** To be called before DBOS is launched, which goes on with the workflows that were under way; `stages` is asked when they run. */
export function registerWorkflows(dbos: Dbos, stages: Stages): Workflows {
  const step = <Result>(name: string, work: () => Promise<Result>) => dbos.runStep(work, { ...untilItIsDone, name });

  /** The records that go on. */
  async function pass(stage: Parameters<Stages['run']>[0], records: readonly KafkaRecord[], next: TopicName) {
    if (records.length === 0) return [];
    return unpack(await step(stage, async () => pack(await stages.run(stage, records, next))));
  }

  async function deliver(enriched: readonly KafkaRecord[]): Promise<void> {
    const external = await pass('router', enriched, 'external_order');
    // Nothing goes on from there.
    await pass('external-processor', external, 'external_order');
  }

  async function aggregate(enriched: readonly KafkaRecord[]): Promise<void> {
    const workflow = dbos.workflowID!;
    if (enriched.length > 0) await step('aggregator', () => stages.aggregate(workflow, enriched));
  }

  async function carry(packed: string): Promise<void> {
    const valid = await pass('validator', unpack(packed), 'valid_order');
    const enriched = await pass('enricher', valid, 'enriched_order');
    // Steps have the numbers of the order in which they begin: the second of these has one step alone.
    await Promise.all([deliver(enriched), aggregate(enriched)]);
  }

  return {
    carry: dbos.registerWorkflow(carry, { name: 'carry' }),
    writePanes: dbos.registerWorkflow(() => step('write panes', stages.writePanes), { name: 'writePanes' }),
    redeliver: dbos.registerWorkflow(() => step('redeliver', stages.redeliver), { name: 'redeliver' }),
  };
}
