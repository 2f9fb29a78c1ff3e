/** The stages' own steps, as the workflows call them: their outputs are in Kafka when a call has its answer. */
import type { BatchFunction } from '../../../beam/operators/batch-functions.js';
import type { Config } from '../../../config.js';
import { openKms } from '../../../kms/open-kms.js';
import { createPool } from '../../../metastore/connection.js';
import { databaseOf } from '../../../metastore/database.js';
import type { Metastore } from '../../../metastore/metastore.js';
import { createPostgresMetastore } from '../../../metastore/postgres.js';
import type { KafkaRecord } from '../../../model/record.js';
import { redeliveryFunction, type StageName } from '../../../model/stages.js';
import type { TopicName } from '../../../model/topics.js';
import { createKeyring } from '../../../personal-data/keyring.js';
import { createVault } from '../../../personal-data/vault.js';
import { createStageFunctions } from '../../../pipelines/stage-functions.js';
import type { AggregationOutput } from '../../../transforms/aggregator.js';
import { createPartnerClient } from '../../../transforms/delivery/partner-client.js';
import type { StepContext, StepOutput } from '../../../transforms/step/step.js';
import { coalesce } from './coalesce.js';
import { addToSums, type Counted, prepareSums, writePanes } from './sums.js';
import { type Addressed, openWriter } from './writer.js';

export interface Stages {
  /** Answers with the records that go on: those of the topic `next`. */
  run(
    stage: Exclude<StageName, 'aggregator'>,
    records: readonly KafkaRecord[],
    next: TopicName,
  ): Promise<KafkaRecord[]>;
  /** Claims the orders and adds them to the sums, once for each workflow. */
  aggregate(workflow: string, records: readonly KafkaRecord[]): Promise<void>;
  /** Writes a pane of each window that has changed. */
  writePanes(): Promise<void>;
  /** Tries the parked deliveries that are due. */
  redeliver(): Promise<void>;
  close(): Promise<void>;
}

/** Nobody looks at the counters here. */
const context: StepContext = { count: () => undefined };

const addressed = (outputs: readonly StepOutput[]): Addressed[] =>
  outputs.flatMap((output) => Object.entries(output).map(([topic, record]) => ({ topic: topic as TopicName, record })));

/**
 * Opens what the stages need. With `together`, what several workflows ask the metastore at the same time is one question: each of its calls
 * takes any number of records, and answers in their order.
 */
export async function openStages(config: Config, { together }: { readonly together: boolean }): Promise<Stages> {
  const database = databaseOf(config, 'owner');
  const own = createPostgresMetastore(database, { connections: config.postgresConnections });
  const metastore = together ? askedTogether(own, config.batchSize) : own;
  const kms = openKms(config);
  const partner = createPartnerClient({ url: config.partnerUrl, partnersFile: config.partnersFile, ...config.partner });
  const pool = createPool(database, { connections: 2 });
  await prepareSums(pool);
  const writer = await openWriter(config);
  const windowMs = config.windowSeconds * 1_000;
  const add = coalesce<Counted, undefined>(async (counted) => {
    await addToSums(pool, counted, windowMs);
    return counted.map(() => undefined);
  }, config.batchSize);
  const dependencies = {
    metastore,
    partner,
    clock: Date.now,
    maxOrderBytes: config.maxOrderBytes,
    allowedLatenessMs: config.allowedLatenessMs,
    vault: createVault(createKeyring({ kms, metastore })),
    personalData: config.personalData,
    retry: config.partner,
  };

  /** A step of its own for each call: the validator's would let those of other workflows wait for each other. */
  async function call<Output>(stage: StageName, records: readonly KafkaRecord[]): Promise<Output[]> {
    const step = createStageFunctions[stage](dependencies) as BatchFunction<KafkaRecord, Output>;
    return (await step(records, context)).flat();
  }

  return {
    async run(stage, records, next) {
      const written = await writer.write(addressed(await call<StepOutput>(stage, records)));
      return written.filter(({ topic }) => topic === next);
    },
    async aggregate(workflow, records) {
      const outputs = await call<AggregationOutput>('aggregator', records);
      const deadLetters = outputs.flatMap(({ dead_letter }) => (dead_letter ? [{ dead_letter }] : []));
      await writer.write(addressed(deadLetters));
      await add(outputs.flatMap(({ aggregate }) => (aggregate ? [{ workflow, input: aggregate }] : [])));
    },
    writePanes: () => writePanes(pool, writer.write, windowMs),
    async redeliver() {
      const tick = createStageFunctions[redeliveryFunction](dependencies) as BatchFunction<unknown, StepOutput>;
      await writer.write(addressed((await tick([undefined], context)).flat()));
    },
    async close() {
      await Promise.all([writer.close(), partner.close(), metastore.close(), kms.close(), pool.end()]);
    },
  };
}

/** The metastore, but calls that wait for one under way are one call after it. */
function askedTogether(metastore: Metastore, most: number): Metastore {
  return {
    ...metastore,
    lookupForValidation: coalesce(metastore.lookupForValidation, most),
    lookupForEnrichment: coalesce(metastore.lookupForEnrichment, most),
    lookupRoutes: coalesce(metastore.lookupRoutes, most),
    claimDeliveries: coalesce(metastore.claimDeliveries, most),
    claimForAggregation: coalesce(metastore.claimForAggregation, most),
    recordStatuses: coalesce(metastore.recordStatuses, most),
  };
}
