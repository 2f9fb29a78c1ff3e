/** What the stages did in the last quarter of an hour: samples of their progress, taken every few seconds while the server runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StageProgress } from '../kafka/lag.js';
import { stages, type StageName } from '../model/stages.js';
import type { Point, StageFlow } from './shared/answers.js';

export interface Sample {
  /** In ms since the epoch. */
  readonly time: number;
  readonly progress: Readonly<Record<StageName, StageProgress>>;
}

/** How far back samples are kept, in ms. */
export const keptMs = 15 * 60_000;
/** Stages commit with each checkpoint, every 5 s: over half a minute their rates are even. In ms. */
const smoothMs = 30_000;

export interface Sampler {
  /** The oldest first. */
  samples(): readonly Sample[];
  /** Why the last sample could not be taken; undefined when it could. */
  failure(): unknown;
  /** Takes no more; one that is under way is left to itself. */
  stop(): void;
}

/** Takes a sample at once, and one every `everyMs`; one that fails is left out. */
export function startSampler(read: () => Promise<Sample['progress']>, everyMs = 5_000): Sampler {
  const stopped = new AbortController();
  let samples: Sample[] = [];
  let failure: unknown;
  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      try {
        const progress = await read();
        const time = Date.now();
        samples = [...samples.filter((sample) => sample.time > time - keptMs), { time, progress }];
        failure = undefined;
      } catch (error) {
        failure = error;
      }
      await sleep(everyMs, undefined, { signal: stopped.signal }).catch(() => {});
    }
  }
  void run();
  return {
    samples: () => samples,
    failure: () => failure,
    stop: () => stopped.abort(),
  };
}

/** The rates and the lag of each stage, now and at each sample. A rate is known from the second sample on. */
export function stageFlows(samples: readonly Sample[]): StageFlow[] {
  return stages.map(({ name, input }) => {
    const rate = (of: keyof StageProgress) =>
      samples.map((_, index) => rateAt(samples, index, (each) => each.progress[name][of]));
    const history = {
      in: rate('written'),
      out: rate('committed'),
      lag: samples.map(({ time, progress }): Point => [time, progress[name].written - progress[name].committed]),
    };
    const last = (points: readonly Point[]) => points.at(-1)?.[1] ?? null;
    return { name, input, in: last(history.in), out: last(history.out), lag: last(history.lag), history };
  });
}

/** What came per second, between this sample and the oldest one that is at most half a minute older. */
function rateAt(samples: readonly Sample[], index: number, count: (sample: Sample) => number): Point {
  const sample = samples[index]!;
  const before = samples.find(({ time }) => time >= sample.time - smoothMs)!;
  const seconds = (sample.time - before.time) / 1_000;
  // A topic that was made anew begins with 0 again.
  return [sample.time, seconds > 0 ? Math.max(0, count(sample) - count(before)) / seconds : null];
}
