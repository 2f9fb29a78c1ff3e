/** Going on with a topic that was deleted and made anew, or has lost its newest records. */
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { withKafkaAdmin } from '../kafka/client.js';
import { withPool, type Pool } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import { recordIncarnation } from '../metastore/topic-incarnations.js';
import { stages, type StageName } from '../model/stages.js';
import type { TopicName } from '../model/topics.js';
import { lookAt } from './inputs.js';
import { stopStages, submitMissing, waitUntilRunning } from './stage-jobs.js';
import type { StageState } from './submissions.js';

/** What became of a topic, and of the stages that read it and had a job. */
export interface Adopted {
  readonly incarnation: number;
  readonly stages: readonly StageState[];
}

/**
 * Takes a topic for another one than that which its stages have read: its stages are stopped, and go on with all of their state but the
 * positions, from the topic's first record. A record of it is none of before, wherever it stands. Where this was cut off, calling it again,
 * or `submit`, goes on. Fails with NOTHING_TO_ADOPT or TOPIC_MISSING before anything is stopped, and as its parts do.
 */
export async function adoptTopic(config: Config, topic: TopicName): Promise<Adopted> {
  const readers = stages.filter(({ input }) => input === topic).map(({ name }) => name);
  return withPool(databaseOf(config, 'operator'), async (pool) => {
    await next(config, pool, topic, readers);
    const stopped = await stopStages(config, readers);
    const { incarnation, topicId } = await next(config, pool, topic, readers);
    await recordIncarnation(pool, { topic, incarnation, topicId });
    await forgetOffsets(config, readers);
    const names = stopped.map(({ name }) => name);
    const submitted = await submitMissing(config, names);
    await waitUntilRunning(config, names);
    return { incarnation, stages: submitted };
  });
}

/** The incarnation that the topic is to be. */
async function next(config: Config, pool: Pool, topic: TopicName, readers: readonly StageName[]) {
  const { ids, known, problems } = await lookAt(config, pool, readers);
  const [problem] = problems;
  if (!problem)
    throw new OperatorError(
      'NOTHING_TO_ADOPT',
      `${topic} is the topic that its stages read: there is nothing to adopt`,
    );
  if (problem.code === 'TOPIC_MISSING') throw new OperatorError(problem.code, problem.what);
  // One that nobody knew has been read as the first.
  return { incarnation: (known.get(topic)?.incarnation ?? 1) + 1, topicId: ids.get(topic)! };
}

/** What the groups have committed are offsets of the topic that was. A stage has a group of its own, and reads one topic. */
async function forgetOffsets(config: Config, names: readonly StageName[]): Promise<void> {
  await withKafkaAdmin(config, async (admin) => {
    const there = new Set((await admin.listGroups()).groups.map(({ groupId }) => groupId));
    const groups = names.filter((name) => there.has(name));
    if (groups.length > 0) await admin.deleteGroups(groups);
  });
}
