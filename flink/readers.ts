/** Which partitions the stages' jobs read, as the metrics of their sources tell. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { stageByName, type StageName } from '../model/stages.js';
import type { TopicName } from '../model/topics.js';
import { askFlink } from './rest.js';
import { runningStages } from './stage-jobs.js';

/** A source looks for new partitions every few seconds, and a busy JobManager shows metrics some seconds late. In ms. */
const limitMs = 120_000;

/** One metric for each partition that a reader has, from the moment that it has it. */
const offsetMetric = /\.KafkaSourceReader\.topic\.(.+)\.partition\.(\d+)\.currentOffset$/;

/** The partitions of a topic that a job's readers have, together. Rejects when Flink does not answer. */
export async function partitionsRead(config: Config, jobId: string, topic: TopicName): Promise<ReadonlySet<number>> {
  const { vertices } = await askFlink<{ vertices: readonly { id: string }[] }>(config, `/jobs/${jobId}`);
  const metrics = await Promise.all(
    vertices.map(({ id }) => askFlink<readonly { id: string }[]>(config, `/jobs/${jobId}/vertices/${id}/metrics`)),
  );
  const read = metrics.flat().flatMap(({ id }) => {
    const [, of, partition] = offsetMetric.exec(id) ?? [];
    return of === topic ? [Number(partition)] : [];
  });
  return new Set(read);
}

/**
 * Waits until the stages that have a job read so many partitions of their topics, and answers which stages these are. Fails with
 * PARTITIONS_NOT_READ or FLINK_UNREACHABLE.
 */
export async function waitUntilRead(config: Config, partitions: ReadonlyMap<TopicName, number>): Promise<StageName[]> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const behind: StageName[] = [];
    const reading: StageName[] = [];
    for (const { id, name } of await runningStages(config)) {
      const { name: stage, input } = stageByName(name as StageName);
      const wanted = partitions.get(input);
      if (wanted === undefined) continue;
      // A job that restarts just now has no metrics.
      const read = await partitionsRead(config, id, input).catch(() => new Set());
      (read.size < wanted ? behind : reading).push(stage);
    }
    if (behind.length === 0) return reading;
    if (performance.now() > deadline) {
      const stages = behind.join(', ');
      const message = `${stages} does not read all partitions of its topic after ${limitMs / 1000} s: see \`orderflow status\`, and \`orderflow restart ${behind.join(' ')}\` once it runs`;
      throw new OperatorError('PARTITIONS_NOT_READ', message);
    }
    await sleep(1_000);
  }
}
