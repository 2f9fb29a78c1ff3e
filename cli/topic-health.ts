/** What `orderflow status` says of the topics that the stages read: made anew, too short, partitions that nobody reads, records deleted unread. */
import type { Config } from '../config.js';
import { type TopicProblem, topicProblems } from '../flink/inputs.js';
import type { JobStatus } from '../flink/jobs.js';
import { partitionsRead } from '../flink/readers.js';
import { type InputPosition, inputPositions } from '../kafka/lag.js';
import { withPool } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import { stageNames, type StageName } from '../model/stages.js';
import { type Gap, knownGaps } from '../reconcile/gaps.js';

/** A stage whose job does not read all of its topic, though it has run for a while. */
export interface UnreadPartitions {
  readonly stage: StageName;
  readonly topic: string;
  readonly partitions: readonly number[];
}

/** A topic that has another number of partitions than the setting says: somebody else has added some, perhaps. */
export interface OtherPartitions {
  readonly topic: string;
  readonly partitions: number;
}

export interface TopicHealth {
  readonly problems: readonly TopicProblem[];
  readonly unread: readonly UnreadPartitions[];
  readonly otherPartitions: readonly OtherPartitions[];
  /** Of the last week, and what is not read yet. */
  readonly gaps: readonly Gap[];
}

/** Readers find new partitions within seconds, and Flink shows theirs some seconds later. In ms. */
const settledMs = 30_000;
const gapsOfMs = 7 * 86_400_000;

/** Fails as Kafka and the metastore do; a job that Flink does not tell about is left out. */
export async function topicHealth(config: Config, jobs: readonly JobStatus[]): Promise<TopicHealth> {
  return withPool(databaseOf(config, 'page'), async (pool) => {
    const problems = await topicProblems(config, pool);
    // What lies in a topic that is not there cannot be asked.
    if (problems.some(({ code }) => code === 'TOPIC_MISSING'))
      return { problems, unread: [], otherPartitions: [], gaps: [] };
    const positions = await inputPositions(config, stageNames);
    return {
      problems,
      unread: await unreadPartitions(config, jobs, positions),
      otherPartitions: otherPartitions(config, positions),
      gaps: await knownGaps(config, pool, Date.now() - gapsOfMs),
    };
  });
}

async function unreadPartitions(
  config: Config,
  jobs: readonly JobStatus[],
  positions: readonly InputPosition[],
): Promise<UnreadPartitions[]> {
  const settled = jobs.filter(({ hasStarted, runningMs }) => hasStarted && runningMs > settledMs);
  const perJob = settled.map(async ({ id, name }): Promise<UnreadPartitions[]> => {
    const own = positions.filter(({ stage }) => stage === name);
    const [first] = own;
    const read = first && (await partitionsRead(config, id, first.topic).catch(() => undefined));
    if (!read) return [];
    const partitions = own.map(({ partition }) => partition).filter((partition) => !read.has(partition));
    return partitions.length > 0 ? [{ stage: first.stage, topic: first.topic, partitions }] : [];
  });
  return (await Promise.all(perJob)).flat();
}

function otherPartitions({ partitions }: Config, positions: readonly InputPosition[]): OtherPartitions[] {
  const counts = new Map<string, number>();
  for (const { topic, partition } of positions) counts.set(topic, Math.max(counts.get(topic) ?? 0, partition + 1));
  return [...counts].flatMap(([topic, count]) => (count === partitions ? [] : [{ topic, partitions: count }]));
}

/** A line for each; none where all is well. */
export function topicHealthText({ problems, unread, otherPartitions, gaps }: TopicHealth, setting: number): string[] {
  return [
    ...problems.map(({ what }) => `PROBLEM: ${what}`),
    ...unread.map(
      ({ stage, topic, partitions }) =>
        `PROBLEM: the ${stage} does not read partition ${partitions.join(', ')} of ${topic}: \`orderflow restart ${stage}\``,
    ),
    ...gaps.map(gapText),
    ...otherPartitions.map(
      ({ topic, partitions }) =>
        `${topic} has ${partitions} partitions, and ORDERFLOW_PARTITIONS says ${setting}` +
        (partitions > setting
          ? `: set it to ${partitions}, and \`orderflow topics grow\` gives the other topics as many`
          : ': `orderflow topics grow` gives it the others'),
    ),
  ];
}

function gapText({ stage, topic, partition, first, next, noticedAt }: Gap): string {
  const when = noticedAt === undefined ? 'it has not come to them yet' : `noticed ${new Date(noticedAt).toISOString()}`;
  return `WARNING: ${next - first} records of ${topic} were deleted by Kafka before the ${stage} had read them, ${partition}@${first} to ${partition}@${next - 1} (${when})`;
}
