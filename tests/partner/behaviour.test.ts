import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isInShare } from '../../partner/behaviour.js';

test('a share of n requests is that share of them, whatever n is', () => {
  fc.assert(
    fc.property(fc.nat(500), fc.double({ min: 0, max: 1, noNaN: true }), (n, share) => {
      const hits = Array.from({ length: n }, (_, index) => isInShare(index + 1, share)).filter(Boolean).length;
      expect(hits).toBe(Math.floor(n * share));
    }),
  );
});
