/** From a state to a question: which rows count, and how they are divided, with the time and the locations that the state only names. */
import { metastoreError } from '../../metastore/connection.js';
import { databaseOf } from '../../metastore/database.js';
import { readLocations } from '../../metastore/measures.js';
import type { LocationFacts } from '../../metastore/metastore.js';
import { dimensionOf, granularities, lastTimes, type StreamName } from '../shared/model.js';
import { type CubeState, type Filter, timeSplit } from '../shared/state.js';
import type { Parts } from './parts.js';

/** What a statement asks about: of the state, what decides which rows count and how they are divided. */
export interface Question {
  readonly stream: StreamName;
  readonly splits: readonly string[];
  readonly filters: readonly Filter[];
  readonly granularity: CubeState['granularity'];
  /** In ms since the epoch, `to` exclusive; null where it is open. */
  readonly from: number | null;
  readonly to: number | null;
  /** The metastore's locations, for dimensions that are made of them. */
  readonly locations: readonly LocationFacts[];
}

/** The question of a state at the time `now`. Fails as the metastore does, of which it asks the locations if they are needed. */
export async function questionOf({ pool, config }: Parts, state: CubeState, now: number): Promise<Question> {
  const { stream, splits, filters, granularity } = state;
  const locations = needsLocations(state)
    ? await readLocations(pool).catch((error: unknown) => {
        throw metastoreError(databaseOf(config, 'page'), error);
      })
    : [];
  return { stream, splits, filters, granularity, ...rangeOf(state, now), locations };
}

/** A split by time begins with a whole part, so that its first number is not smaller than the others for no reason. */
export function rangeOf(
  { time, splits, granularity }: CubeState,
  now: number,
): { from: number | null; to: number | null } {
  if (!('last' in time)) return time;
  if (time.last === 'all') return { from: null, to: null };
  const from = now - lastTimes[time.last].ms;
  const { ms } = granularities[granularity];
  return { from: splits.includes(timeSplit) ? Math.floor(from / ms) * ms : from, to: now };
}

/** Whether the state asks for a dimension that is made of the metastore's locations. */
const needsLocations = (state: CubeState) =>
  state.splits.some((split) => isOfLocations(state, split)) ||
  state.filters.some(({ dimension }) => isOfLocations(state, dimension));

const isOfLocations = (state: CubeState, name: string) => dimensionOf(state.stream, name)?.of !== undefined;
