/** Whose turn is when. */
import { createRandom } from '../../generator/random.js';

/** The names of each round: shuffled by the seed, and the next round the other way round, so that nobody always follows the same one. */
export function orderOfTurns(names: readonly string[], rounds: number, seed: number): string[][] {
  return Array.from({ length: rounds }, (_, round) => {
    const shuffled = shuffle(names, `turns ${seed} ${Math.floor(round / 2)}`);
    return round % 2 === 0 ? shuffled : shuffled.reverse();
  });
}

function shuffle(names: readonly string[], seed: string): string[] {
  const random = createRandom(seed);
  return names
    .map((name) => ({ name, key: random.bits() }))
    .sort((a, b) => a.key - b.key)
    .map(({ name }) => name);
}
