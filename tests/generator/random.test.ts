import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom, xoshiro128 } from '../../generator/random.js';

describe('xoshiro128', () => {
  it('gives the numbers of the published algorithm for the state 1, 2, 3, 4', () => {
    const next = xoshiro128([1, 2, 3, 4]);
    expect(Array.from({ length: 10 }, next)).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });
});

describe('createRandom', () => {
  it('gives the same numbers for the same seed, and others for another', () => {
    const numbers = (seed: string) => {
      const random = createRandom(seed);
      return Array.from({ length: 20 }, () => random.bits());
    };
    expect(numbers('a')).toEqual(numbers('a'));
    expect(numbers('a')).not.toEqual(numbers('b'));
  });

  it('draws whole numbers within their bounds, the bounds included', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: -5, max: 5 }), fc.integer({ min: 0, max: 4 }), (seed, low, size) => {
        const random = createRandom(seed);
        const drawn = new Set(Array.from({ length: 300 }, () => random.between(low, low + size)));
        expect([...drawn].sort((a, b) => a - b)).toEqual(Array.from({ length: size + 1 }, (_, step) => low + step));
      }),
      { numRuns: 50 },
    );
  });

  it('makes UUIDs of version 4', () => {
    const random = createRandom('uuid');
    for (let index = 0; index < 1_000; index++)
      expect(random.uuid()).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  });
});
