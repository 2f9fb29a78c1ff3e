/** Many lives, and what came of them. */
import { simulate, storyOf, type SimulationOptions, type SimulationResult } from './simulate.js';

export interface ManyOptions extends Pick<SimulationOptions, 'without'> {
  /** The first seed: the others follow it. */
  readonly first: number;
  readonly seeds: number;
  /** Of each life, until it comes to rest. */
  readonly steps: number;
  /** Begins no life after so many milliseconds. */
  readonly millis?: number;
  /** Begins none after so many steps in all. */
  readonly enough?: number;
  /** Begins none after so many that broke a promise: 3 unless given. */
  readonly mostBroken?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (seeds: number, steps: number) => void;
}

export interface ManyReport {
  readonly seeds: number;
  readonly steps: number;
  readonly broken: readonly (Pick<SimulationResult, 'violations' | 'story'> & { readonly seed: number })[];
}

export async function simulateMany(options: ManyOptions): Promise<ManyReport> {
  const { first, millis = Infinity, enough = Infinity, mostBroken = 3, signal, onProgress } = options;
  const begin = performance.now();
  const broken: { seed: number; violations: SimulationResult['violations']; story: readonly string[] }[] = [];
  let [seeds, steps] = [0, 0];
  const isOver = () =>
    seeds === options.seeds ||
    steps >= enough ||
    broken.length === mostBroken ||
    performance.now() - begin >= millis ||
    signal?.aborted;
  while (!isOver()) {
    const seed = first + seeds;
    const result = await simulate({ seed: String(seed), steps: options.steps, without: options.without });
    seeds += 1;
    steps += result.steps;
    if (result.violations.length > 0) broken.push({ seed, violations: result.violations, story: result.story });
    onProgress?.(seeds, steps);
  }
  return { seeds, steps, broken };
}

/** A sentence, and for each life that broke a promise which one, with the lines of its story that name what it is about. */
export function textOf({ seeds, steps, broken }: ManyReport): string {
  const lives = broken.map(({ seed, violations, story }) =>
    [
      `seed ${seed}:`,
      ...violations.map(({ invariant, what }) => `  invariant ${invariant}: ${what}`),
      ...storyOf(story, violations[0]!.about).map((line) => `    ${line}`),
    ].join('\n'),
  );
  return [...lives, `${seeds} lives of ${steps} steps, ${broken.length} that broke a promise`].join('\n');
}
