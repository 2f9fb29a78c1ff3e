/** Runs a stage in this process on Beam's DirectRunner: the same pipeline as on Flink, with memory for Kafka and metastore. */
import { registerBatchFunction, type BatchFunction } from '../beam/operators/batch-functions.js';
import { runDirectly } from '../beam/pipeline/direct-runner.js';
import { readFromMemory, writeToMemory } from '../beam/pipeline/memory-io.js';
import { loadConfig, type Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { openKms } from '../kms/open-kms.js';
import { databaseOf } from '../metastore/database.js';
import { createInMemoryMetastore } from '../metastore/in-memory.js';
import type { Metastore, StatusChange } from '../metastore/metastore.js';
import { createPostgresMetastore } from '../metastore/postgres.js';
import type { ReferenceData } from '../metastore/reference-data.js';
import type { KafkaRecord, OutgoingRecord } from '../model/record.js';
import { createKeyring } from '../personal-data/keyring.js';
import { createVault } from '../personal-data/vault.js';
import { toMillis } from '../proto/messages.js';
import { orderIn } from '../transforms/decoding/decode.js';
import { createPartnerClient, type PartnerClient } from '../transforms/delivery/partner-client.js';
import type { Clock } from '../transforms/step/step.js';
import './named-functions.js';
import { recordToJson } from '../kafka/record-json.js';
import { createStageFunctions, type StageDependencies } from './stage-functions.js';
import type { TopicName } from '../model/topics.js';
import type { Status } from '../model/statuses.js';
import { stageByName, stages, type StageName } from '../model/stages.js';
import { wiringOptions } from './kafka-pipeline.js';
import { wireStage, type StageIo } from './wire.js';

/** A record that a stage would write. */
export interface DirectRecord {
  readonly topic: TopicName;
  /** The order id, or the to-location of `aggregated_order`. */
  readonly key: string | null;
  /** The message as record-json.ts shows it, personal data included. */
  readonly value: Record<string, unknown> | null;
}

export interface DirectRun {
  /** By topic, in the order of the stage's row; within a topic in the order of the input. */
  readonly records: readonly DirectRecord[];
  /** How many orders got which status from the stage. */
  readonly statuses: Readonly<Partial<Record<Status, number>>>;
}

export interface DirectOptions {
  readonly reference: ReferenceData;
  /** Milliseconds since the epoch. */
  readonly clock: Clock;
  /** Where the external-processor posts to, whatever the configuration says; the other stages need none. */
  readonly partnerUrl?: string;
  readonly config?: Config;
}

/** The dependencies of the runs under way. A pipeline carries the number of its run, and the functions look here for it. */
const runs = new Map<number, StageDependencies>();
let lastRun = 0;

for (const [name, create] of Object.entries(createStageFunctions)) {
  registerBatchFunction(name, (options) => {
    const { run } = options as { run: number };
    return create(runs.get(run)!) as BatchFunction<never, unknown>;
  });
}

/**
 * Runs a stage over records of its input topic, as if the stages before it had passed them. Nothing outlives the call:
 * orders are claimed, and statuses recorded, in a metastore of this call's own. Customers' keys alone are those of the installation: its
 * metastore and KMS are asked where an order is sealed, or to be sealed. Throws OperatorError NO_PARTNER when the
 * external-processor is given no partner.
 */
export async function runStageDirectly(
  stage: StageName,
  input: readonly KafkaRecord[],
  { reference, clock, partnerUrl, config = loadConfig() }: DirectOptions,
): Promise<DirectRun> {
  const { outputs } = stageByName(stage);
  const metastore = createInMemoryMetastore(reference, clock);
  await recordPast(metastore, stage, input);
  const past = metastore.history.length;
  const partner = partnerFor(stage, partnerUrl, config);
  const { vault, close } = openVault(config);
  const run = ++lastRun;
  runs.set(run, {
    metastore,
    // Only the external-processor asks it.
    partner: partner as PartnerClient,
    clock,
    maxOrderBytes: config.maxOrderBytes,
    allowedLatenessMs: config.allowedLatenessMs,
    vault,
    personalData: config.personalData,
    retry: config.partner,
  });
  const written = new Map<TopicName, OutgoingRecord[]>(outputs.map((topic) => [topic, []]));
  const io: StageIo = {
    read: (root, topic) => root.apply(readFromMemory(`Read ${topic}`, input)),
    write: (records, topic) => void records.apply(writeToMemory(`Write ${topic}`, written.get(topic)!)),
  };
  try {
    // The stage alone, whatever it carries on elsewhere.
    const options = { ...wiringOptions(config), fused: false, functionOptions: { run } };
    await runDirectly(wireStage(stage, io, options));
  } finally {
    runs.delete(run);
    await partner?.close();
    await close();
  }
  const statuses: Partial<Record<Status, number>> = {};
  for (const { status } of metastore.history.slice(past)) statuses[status] = (statuses[status] ?? 0) + 1;
  return { records: outputs.flatMap((topic) => written.get(topic)!.map((record) => decoded(topic, record))), statuses };
}

/** What a stage writes for these records, to be compared with what it wrote elsewhere. Throws as runStageDirectly does. */
export async function decideDirectly(
  stage: StageName,
  records: readonly KafkaRecord[],
  reference: ReferenceData,
  clock: Clock,
): Promise<readonly DirectRecord[]> {
  return (await runStageDirectly(stage, records, { reference, clock })).records;
}

function decoded(topic: TopicName, { key, value }: OutgoingRecord): DirectRecord {
  const json = recordToJson({ topic, partition: 0, offset: 0, timestamp: 0, key, value }, true);
  return { topic, key: json.key, value: json.value };
}

/** Connects to nothing before it is asked. */
function openVault(config: Config) {
  const kms = openKms(config);
  const metastore = createPostgresMetastore(databaseOf(config, 'operator'), { connections: 1 });
  const close = async () => {
    kms.close();
    await metastore.close();
  };
  return { vault: createVault(createKeyring({ kms, metastore })), close };
}

/** Records what the stages before have recorded of the orders: a status that does not follow from another one is left out. */
async function recordPast(metastore: Metastore, stage: StageName, input: readonly KafkaRecord[]) {
  const passed = linesBefore(stage);
  const orders = input.flatMap((record) => orderIn(record) ?? []);
  await metastore.recordStatuses(
    orders.flatMap(({ orderId, messageId, createdAt }) =>
      passed.map((line) => ({ orderId, messageId, createdAt: toMillis(createdAt), ...line })),
    ),
  );
}

/** The lines of an order that comes to a stage: the first status that each stage on its way lists. */
function linesBefore(stage: StageName): Pick<StatusChange, 'status' | 'recordedBy' | 'detail'>[] {
  const { input } = stageByName(stage);
  const producer = stages.find(({ outputs }) => (outputs as readonly TopicName[]).includes(input));
  if (!producer) return [];
  const { name: recordedBy, statuses } = producer;
  return [...linesBefore(recordedBy), ...statuses.slice(0, 1).map((status) => ({ status, recordedBy, detail: '' }))];
}

function partnerFor(stage: StageName, url: string | undefined, config: Config): PartnerClient | undefined {
  if (stage !== 'external-processor') return undefined;
  if (url) return createPartnerClient({ url, ...config.partner });
  const { partnerUrl, partnersFile } = config;
  if (partnersFile) return createPartnerClient({ url: partnerUrl, partnersFile, ...config.partner });
  const message =
    'external-processor delivers to a partner: give the address for its orders with --partner-url, or set ORDERFLOW_PARTNERS_FILE';
  throw new OperatorError('NO_PARTNER', message, { exitCode: 2 });
}
