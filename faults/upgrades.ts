/** Jobs that go on from their savepoints as something else than they were: after another version, under another address of Kafka. */
import { passThrough } from '../beam/pipeline/pass-through.js';
import { loadConfig, type Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { restartStages, stopStages, waitUntilRunning } from '../flink/stage-jobs.js';
import type { StageState } from '../flink/submissions.js';
import { submitStage } from '../flink/submit.js';
import type { StageName } from '../model/stages.js';
import { kafkaIo, wiringOptions } from '../pipelines/kafka-pipeline.js';
import { wireStage, type StageIo } from '../pipelines/wire.js';
import { doorTo } from './door.js';

/**
 * Stops the stage's job with a savepoint, and goes on from it with a step more in front of all others, as a later version may have one; none
 * of the state may be dropped. Resolves when the job runs. `restartStages` takes the step out again. Fails with NO_SAVEPOINT, and as its
 * parts do.
 */
export async function resumeWithStep(config: Config, stage: StageName): Promise<void> {
  const [stopped] = await stopStages(config, [stage]);
  if (stopped?.state?.kind !== 'savepoint')
    throw new OperatorError('NO_SAVEPOINT', `${stage} was stopped without a savepoint: see \`orderflow status\``);
  const io = kafkaIo(config, stage);
  const longer: StageIo = { ...io, read: (root, topic) => io.read(root, topic).apply(passThrough('Look')) };
  const from = { statePath: stopped.state.path, dropState: false };
  await submitStage(config, stage, { from }, wireStage(stage, longer, wiringOptions(config)));
  await waitUntilRunning(config, [stage]);
}

/**
 * Resumes each stage where Kafka is known by another address, which serves it until it is closed. Resolves when all jobs run, with the
 * other address. Fails with ADDRESS_NOT_USED when a job does not come by it, and as restartStages does.
 */
export async function resumeByDoor(
  config: Config,
  stages: readonly StageName[],
  onRestarted: (state: StageState) => void,
): Promise<Awaited<ReturnType<typeof doorTo>>> {
  const door = await doorTo(config.kafka);
  const byTheDoor = loadConfig({ ...config.environment, ORDERFLOW_KAFKA: door.address });
  try {
    for (const stage of stages) {
      const before = door.visitors();
      await restartStages(byTheDoor, [stage], onRestarted);
      if (door.visitors() === before)
        throw new OperatorError('ADDRESS_NOT_USED', `${stage} runs, and has not come to Kafka by ${door.address}`);
    }
    return door;
  } catch (error) {
    await door.close();
    throw error;
  }
}
