/** Changes under load: of reference data, topics, code and addresses. Some come with a kill: what was decided before is read again after it. */
import type { Config } from '../config.js';
import { replay } from '../dead-letters/replay.js';
import { restartStages } from '../flink/stage-jobs.js';
import { topicOffsets, withKafkaAdmin } from '../kafka/client.js';
import { growTopics } from '../kafka/topics.js';
import { withPool } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import { loadReferenceData } from '../metastore/load-reference-data.js';
import { defaultReferenceFile, readReferenceFile, type ReferenceData } from '../metastore/reference-data.js';
import { stageNames } from '../model/stages.js';
import type { StrikeContext, Struck } from './strike.js';
import { killServices } from './strikes.js';
import { resumeByDoor, resumeWithStep } from './upgrades.js';

/** Every route goes the other way, every place has another name, and more addresses are listed for fraud. */
function turnedAround(data: ReferenceData): ReferenceData {
  return {
    ...data,
    locations: data.locations.map((location) => ({ ...location, name: `${location.name} (new)` })),
    routes: data.routes.map(({ orderType, destination, route }) =>
      route === 'EXTERNAL'
        ? { orderType, destination, route: 'INTERNAL' as const }
        : { orderType, destination, route: 'EXTERNAL' as const, partnerId: 'PARTNER-NEW' },
    ),
    fraudNetworks: [...data.fraudNetworks, '10.0.0.0/10'],
  };
}

/** Other reference data, and `kill -9` to the TaskManager right after: all stages read again what they had decided by the old ones. */
export async function changeReferenceData({ config }: StrikeContext): Promise<Struck> {
  const data = await readReferenceFile(defaultReferenceFile);
  const load = (next: ReferenceData) =>
    withPool(databaseOf(config, 'operator'), (pool) => loadReferenceData(pool, next));
  await load(turnedAround(data));
  const struck = await killServices(config, ['taskmanager']);
  return { ...struck, target: 'reference data, and taskmanager', heal: async () => void (await load(data)) };
}

/** Releases the validator's dead letters, with `kill -9` to the TaskManager meanwhile; and once more, as after a command that died. */
export async function releaseDuringKill({ config }: StrikeContext): Promise<Struck> {
  const release = () =>
    replay(config, { all: { step: 'validator', limit: 500 } }, { by: 'faults', why: 'a release during a kill' });
  const releases = release();
  const struck = await killServices(config, ['taskmanager']);
  const released = await releases;
  await release();
  return { ...struck, target: `${released.length} releases, and taskmanager` };
}

/** One partition more for each topic, under load. */
export async function addPartition({ config }: StrikeContext): Promise<Struck> {
  const at = Date.now();
  const partitions = (await partitionsOf(config)) + 1;
  await growTopics({ ...config, partitions });
  return { at, target: `${partitions} partitions`, services: [] };
}

const partitionsOf = (config: Config) =>
  withKafkaAdmin(config, async (admin) => (await topicOffsets(admin, 'raw_order')).length);

/** The aggregator goes on from a savepoint with a step more in front of its sums; healed, it goes on from another one without it. */
export async function addStep({ config }: StrikeContext): Promise<Struck> {
  const at = Date.now();
  await resumeWithStep(config, 'aggregator');
  return {
    at,
    target: 'aggregator with a step more, then without',
    services: [],
    heal: () => restartStages(config, ['aggregator'], () => {}),
  };
}

/** All stages go on from savepoints where Kafka has another address; healed, where it has the old one, and nobody answers at the other. */
export async function changeAddress({ config }: StrikeContext): Promise<Struck> {
  const at = Date.now();
  const door = await resumeByDoor(config, stageNames, () => {});
  return {
    at,
    target: 'all jobs by another address, then by the old one',
    services: [],
    heal: async () => {
      await door.close();
      await restartStages(config, stageNames, () => {});
    },
  };
}
