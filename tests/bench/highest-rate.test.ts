/** The search for the rate of a soak. */
import { describe, expect, test } from 'vitest';
import { highestRate } from '../../bench/highest-rate.js';

/** A search over stages that hold up to `capacity` orders/s; the rates that it tried. */
async function search(capacity: number) {
  const tried: number[] = [];
  const held = await highestRate({
    from: 500,
    factor: 1.2,
    holds: (rate) => {
      tried.push(rate);
      return Promise.resolve(rate <= capacity);
    },
  });
  return { held, tried };
}

describe('highestRate', () => {
  test('the last rate that was held, before the first that was not', async () => {
    expect(await search(800)).toEqual({ held: 720, tried: [500, 600, 720, 864] });
  });

  test('nothing where the first rate is not held', async () => {
    expect(await search(499)).toEqual({ held: undefined, tried: [500] });
  });

  test('fails with the step that fails', async () => {
    await expect(
      highestRate({ from: 1, factor: 2, holds: () => Promise.reject(new Error('no answer')) }),
    ).rejects.toThrow('no answer');
  });
});
