/** States as property tests draw them. */
import fc from 'fast-check';
import {
  granularityNames,
  lastTimeNames,
  limits,
  type MeasureName,
  streamNames,
  streamOf,
} from '../../web/shared/model.js';
import { type CubeState, type Filter, isMeasurable, timeSplit } from '../../web/shared/state.js';

/** No control characters, as values of filters have none; nothing that a statement has by itself. */
export const anyValue = fc
  .string({ unit: 'grapheme', minLength: 0, maxLength: 20 })
  // eslint-disable-next-line no-control-regex -- what no value holds
  .filter((text) => !/[\u0000-\u001f]/.test(text));

const anyRange = fc.oneof(
  fc.constantFrom(...lastTimeNames).map((last) => ({ last })),
  fc
    .tuple(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: 1, max: 1e12 }))
    .map(([from, length]) => ({ from, to: from + length })),
);

/** Any state that the page can have. */
export const anyState = (value: fc.Arbitrary<string> = anyValue): fc.Arbitrary<CubeState> =>
  fc.constantFrom(...streamNames).chain((stream) => {
    const { dimensions, measures } = streamOf(stream);
    const names = dimensions.map(({ name }) => name);
    const anyFilter = fc.record({
      dimension: fc.constantFrom(...names),
      mode: fc.constantFrom<Filter['mode']>('is', 'not'),
      values: fc.uniqueArray(value, { minLength: 1, maxLength: 4 }),
    });
    return fc
      .record({
        stream: fc.constant(stream),
        splits: fc.uniqueArray(fc.constantFrom(timeSplit, ...names), { maxLength: limits.splits }),
        filters: fc.uniqueArray(anyFilter, {
          maxLength: 5,
          selector: ({ dimension, mode }) => `${mode}.${dimension}`,
        }),
        time: anyRange,
        granularity: fc.constantFrom(...granularityNames),
        measures: fc.shuffledSubarray([...measures] as MeasureName[], { minLength: 1 }),
        order: value,
        isLive: fc.boolean(),
      })
      .filter((state) => state.measures.every((measure) => isMeasurable(measure, state)));
  });
