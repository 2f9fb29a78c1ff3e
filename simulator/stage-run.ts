/** A stage as Flink runs it: batches from its positions, checkpoints, and lives that end without warning. */
import type { Random } from '../generator/random.js';
import { carriedHeader, passesOverCarried } from '../model/fusion.js';
import type { KafkaRecord, OutgoingRecord } from '../model/record.js';
import { stageByName, type StageName } from '../model/stages.js';
import type { TopicName } from '../model/topics.js';
import { sumOrders, type AggregationInput, type Sums } from '../transforms/aggregator.js';
import { partitions, type Topics } from './topics.js';
import type { Execution, Turns } from './turns.js';

type Output = Partial<Record<TopicName, OutgoingRecord>> & { readonly aggregate?: AggregationInput };
/** A batch function, as the worker has it. */
export type Step = (batch: readonly unknown[], context: { count(): void }) => Promise<readonly (readonly Output[])[]>;

/** What a checkpoint holds. */
interface State {
  readonly positions: readonly number[];
  /** By `windowOf`; of the aggregator alone. */
  readonly sums: ReadonlyMap<string, Sums>;
}

const carriedMark = { key: carriedHeader, value: new Uint8Array(0) };
const isCarried = ({ headers }: KafkaRecord) => headers?.some(({ key }) => key === carriedHeader) ?? false;

export const windowOf = (toLocationId: string, millis: number) => `${toLocationId} ${Math.floor(millis / 60_000)}`;

export interface StageRunOptions {
  readonly stage: StageName;
  readonly topics: Topics;
  readonly turns: Turns;
  readonly random: Random;
  readonly note: (text: string) => void;
  /** The stage's functions in a new process, with the settings of then. */
  readonly start: () => StageFunctions;
}

export interface StageFunctions {
  readonly step: Step;
  readonly tick?: Step;
  /** Topics of which the step reads on itself what it writes. */
  readonly carries?: readonly TopicName[];
}

export function createStageRun({ stage, topics, turns, random, note, start }: StageRunOptions) {
  const { input } = stageByName(stage);
  let life = 0;
  let functions = start();
  let state: State = { positions: partitions.map(() => 0), sums: new Map() };
  let checkpoint = state;
  const underWay = new Set<Execution>();

  function crash(why: string): void {
    life += 1;
    note(`${stage} dies (${why}), and goes on at ${checkpoint.positions.join()}`);
    // Some are killed where they are, others do not know yet that they are no longer wanted.
    for (const execution of underWay) if (random.chance(0.5)) turns.kill(execution);
    underWay.clear();
    state = checkpoint;
    functions = start();
  }

  function write(outputs: readonly Output[], carries: readonly TopicName[], isCurrent: boolean): void {
    const sums = new Map(state.sums);
    for (const { aggregate, ...records } of outputs) {
      for (const [topic, record] of Object.entries(records) as [TopicName, OutgoingRecord][])
        topics.append(topic, record, carries.includes(topic) ? [carriedMark] : undefined);
      if (!aggregate) continue;
      const window = windowOf(aggregate.toLocationId, aggregate.createdAt);
      const before = sums.get(window) ?? sumOrders.createAccumulator();
      sums.set(window, sumOrders.mergeAccumulators([before, aggregate]));
    }
    // What an earlier life adds to its state, is lost with it.
    if (isCurrent) state = { ...state, sums };
  }

  /** Runs a batch as far as its first call. What becomes of it later, is written here, too. */
  function run(step: Step, batch: readonly unknown[], what: string): void {
    const execution: Execution = { name: `${stage} ${life} (${what})` };
    const mine = life;
    const { carries = [] } = functions;
    underWay.add(execution);
    const work = async () => {
      const outputs = (await step(batch, { count: () => undefined })).flat();
      await turns.wait(`writes ${outputs.length} records`, { breaks: false });
      // A process that dies while it writes, has written some.
      const dies = random.chance(0.02);
      write(dies ? outputs.slice(0, random.between(0, outputs.length)) : outputs, carries, mine === life);
      if (dies && mine === life) crash('while it wrote');
    };
    void turns
      .run(execution, work)
      .catch((error: Error) => {
        // A bundle that fails, fails its job.
        if (mine === life) crash(error.message);
      })
      .finally(() => underWay.delete(execution));
  }

  const rest = (partition: number) => topics.end(input, partition) - state.positions[partition]!;

  return {
    stage,
    /** Starts a batch of at most so many records; false where there is nothing to read. */
    read(most: number): boolean {
      const open = partitions.filter((partition) => rest(partition) > 0);
      if (open.length === 0) return false;
      const partition = random.pick(open);
      const batch = topics.read(input, partition, state.positions[partition]!, random.between(1, most));
      const next = (batch.at(-1)?.offset ?? topics.end(input, partition) - 1) + 1;
      state = {
        ...state,
        positions: state.positions.map((position, index) => (index === partition ? next : position)),
      };
      const own = passesOverCarried(stage) ? batch.filter((record) => !isCarried(record)) : batch;
      if (own.length === 0) return true;
      run(functions.step, own, `${input} ${partition}@${own.map(({ offset }: KafkaRecord) => offset).join()}`);
      return true;
    },
    /** Does what the stage does on its own. */
    tick(): void {
      if (functions.tick) run(functions.tick, ['tick'], 'tick');
    },
    /** Takes a checkpoint: bundles are finished before. */
    save(): void {
      if (underWay.size > 0) return;
      checkpoint = state;
      note(`${stage} has a checkpoint at ${state.positions.join()}`);
    },
    crash,
    isIdle: () => underWay.size === 0 && partitions.every((partition) => rest(partition) === 0),
    /** From where it would read again at most. */
    saved: (partition: number) => checkpoint.positions[partition]!,
    input,
    sums: () => state.sums,
  };
}

export type StageRun = ReturnType<typeof createStageRun>;
