/** Whether the topics that the stages read are those that they read before, and whole: what Kafka says, against what the metastore knows. */
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { inputPositions } from '../kafka/lag.js';
import { topicIds } from '../kafka/topic-ids.js';
import type { Pool } from '../metastore/connection.js';
import { newestIncarnations, recordIncarnation, type TopicIncarnation } from '../metastore/topic-incarnations.js';
import { stageByName, stages, type StageName } from '../model/stages.js';
import type { TopicName } from '../model/topics.js';

/**
 * TOPIC_MISSING: it was there, and is not. TOPIC_MADE_ANEW: another one has its name. TOPIC_TOO_SHORT: it ends before what a stage has
 * committed, so that it lost its newest records, or was made anew before anybody knew it.
 */
export interface TopicProblem {
  readonly code: 'TOPIC_MISSING' | 'TOPIC_MADE_ANEW' | 'TOPIC_TOO_SHORT';
  readonly topic: TopicName;
  /** A sentence: what is wrong, and what to do. */
  readonly what: string;
}

export interface Inputs {
  /** Kafka's ids of the topics that are there. */
  readonly ids: ReadonlyMap<string, string>;
  readonly known: ReadonlyMap<string, TopicIncarnation>;
  readonly problems: readonly TopicProblem[];
}

const inputsOf = (names: readonly StageName[]) => [...new Set(names.map((name) => stageByName(name).input))];

/** What is known of the topics that the stages read. Fails as Kafka and the metastore do. */
export async function lookAt(config: Config, pool: Pool, names: readonly StageName[]): Promise<Inputs> {
  const topics = inputsOf(names);
  const [ids, known] = [await topicIds(config, topics), await newestIncarnations(pool)];
  const problems = topics.flatMap((topic) => problemOf(topic, ids.get(topic), known.get(topic)) ?? []);
  const others = names.filter((name) => !problems.some(({ topic }) => topic === stageByName(name).input));
  return { ids, known, problems: [...problems, ...(await tooShort(config, others, ids))] };
}

function problemOf(topic: TopicName, id?: string, known?: TopicIncarnation): TopicProblem | undefined {
  if (!known) return undefined;
  if (id === undefined)
    return {
      code: 'TOPIC_MISSING',
      topic,
      what: `${topic} was deleted: \`orderflow topics apply\` makes it, and \`orderflow topics adopt ${topic}\` has its stages read it`,
    };
  if (id === known.topicId) return undefined;
  return {
    code: 'TOPIC_MADE_ANEW',
    topic,
    what: `${topic} was deleted and made anew since its stages read it: \`orderflow topics adopt ${topic}\` goes on with the new one`,
  };
}

async function tooShort(
  config: Config,
  names: readonly StageName[],
  ids: ReadonlyMap<string, string>,
): Promise<TopicProblem[]> {
  const positions = await inputPositions(
    config,
    names.filter((name) => ids.has(stageByName(name).input)),
  );
  return positions
    .filter(({ committed, high }) => committed > high)
    .slice(0, 1)
    .map(({ stage, topic, partition, committed, high }) => ({
      code: 'TOPIC_TOO_SHORT',
      topic,
      what:
        `the ${stage} has read ${topic} ${partition}@${committed - 1}, and the topic ends at ${partition}@${high}: ` +
        `it was made anew, or has lost records: \`orderflow topics adopt ${topic}\` reads it from its beginning`,
    }));
}

/** What is wrong with the topics that all stages read. Fails as Kafka and the metastore do. */
export const topicProblems = async (config: Config, pool: Pool): Promise<readonly TopicProblem[]> =>
  (
    await lookAt(
      config,
      pool,
      stages.map(({ name }) => name),
    )
  ).problems;

/** What is known of the topics that the stages are to read. Fails with the first problem, and as Kafka and the metastore do. */
export async function checkInputs(config: Config, pool: Pool, names: readonly StageName[]): Promise<Inputs> {
  const inputs = await lookAt(config, pool, names);
  const [problem] = inputs.problems;
  if (problem) throw new OperatorError(problem.code, problem.what);
  return inputs;
}

/**
 * The topics that the stages read, by name. One that nobody knows yet is known from now on: the positions of older states are taken to be in
 * it. Fails as Kafka and the metastore do.
 */
export async function knownInputs(
  config: Config,
  pool: Pool,
  names: readonly StageName[],
): Promise<Map<string, TopicIncarnation>> {
  const known = await newestIncarnations(pool);
  const unknown = inputsOf(names).filter((topic) => !known.has(topic));
  if (unknown.length === 0) return known;
  const ids = await topicIds(config, unknown);
  for (const [topic, topicId] of ids) await recordIncarnation(pool, { topic, incarnation: 1, topicId });
  return newestIncarnations(pool);
}

/** Whether something that was taken at that time (ms) is from before the topic was adopted. */
export const isBefore = (time: number, topic: TopicIncarnation | undefined) =>
  topic !== undefined && topic.incarnation > 1 && time < topic.knownSince;
