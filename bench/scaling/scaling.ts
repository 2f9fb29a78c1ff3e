/** `npm run bench -- --scale`: the same orders at several values of something, in turns. */
import type { Config } from '../../config.js';
import { type ContestOptions, playContest } from '../contest/contest.js';
import type { Contestant } from '../contest/contestant.js';
import type { TurnResult } from '../contest/result.js';
import type { Ground } from '../contest/turn.js';
import { type ChosenScale, entrantsOf, type Point } from './scales.js';

export type ScalingOptions = Pick<ContestOptions, 'rounds' | 'warmUp' | 'orders' | 'seed' | 'onProgress'>;

/** What came of a scale. */
export interface ScaleResult {
  readonly scale: string;
  /** What its values are. */
  readonly of: string;
  readonly values: readonly number[];
  /** Contestant by contestant, in the order of the values. */
  readonly points: readonly Point[];
  readonly turns: readonly TurnResult[];
}

/** The steady rates and the limits have no part in it. */
const fastOnly = { steadyRounds: 0, rate: 1, seconds: 1, hasLimits: false };

/** One scale after the other, each as a contest between its values. Rejects as playContest does. */
export async function playScales(
  chosen: readonly ChosenScale[],
  contestants: readonly Contestant[],
  ground: Ground,
  { config, ...options }: ScalingOptions & { readonly config: Config },
): Promise<ScaleResult[]> {
  const results: ScaleResult[] = [];
  for (const one of chosen) {
    const entrants = entrantsOf(one, contestants, { config, data: ground.data });
    const { turns } = await playContest(
      entrants.map(({ entrant }) => entrant),
      ground,
      { ...options, ...fastOnly },
    );
    const { name: scale, of } = one.scale;
    results.push({ scale, of, values: one.values, points: entrants.map(({ point }) => point), turns });
  }
  return results;
}
