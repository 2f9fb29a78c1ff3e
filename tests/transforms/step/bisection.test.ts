import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StatusChange } from '../../../metastore/metastore.js';
import { deadLetterCodec, v1 } from '../../../proto/messages.js';
import { isolateFailures } from '../../../transforms/step/bisection.js';
import type { Step } from '../../../transforms/step/step.js';
import { TransientError } from '../../../transforms/step/transient-error.js';
import { EMPTY, aRecord, anOrder, counting, onlyOutput, rawRecord } from '../fixtures.js';

const recordAt = (offset: number) => rawRecord(anOrder({ orderId: `o-${offset}` }), offset);
const offsetOf = (key: Uint8Array) => Number(Buffer.from(key).toString());

/** Passes the offset on as the key, and fails on the batch that holds a poisoned one. */
const stepThatFailsOn =
  (isPoisoned: (offset: number) => boolean, error: unknown): Step =>
  async (records, context) => {
    if (records.some(({ offset }) => isPoisoned(offset))) throw error;
    context.count('in', records.length);
    return records.map(({ offset }) => [{ valid_order: { key: Buffer.from(String(offset)), value: EMPTY } }]);
  };

function isolated(step: Step) {
  const statuses: StatusChange[] = [];
  const metastore = {
    recordStatuses: async (changes: readonly StatusChange[]) => (statuses.push(...changes), [...changes]),
  };
  return { run: isolateFailures(step, { stage: 'validator', metastore }), statuses, ...counting() };
}

test('exactly the poisoned records go to the dead letters, and the order is kept', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 40 }), async (poisoned) => {
      const { run, statuses, context, counts } = isolated(
        stepThatFailsOn((offset) => poisoned[offset] === true, new Error('no')),
      );
      const outputs = await run(
        poisoned.map((_, offset) => recordAt(offset)),
        context,
      );
      const seen = outputs
        .flat()
        .map(({ valid_order: valid, dead_letter: letter }) =>
          valid
            ? { offset: offsetOf(valid.key), isDead: false }
            : { offset: deadLetterCodec.decode(letter?.value ?? EMPTY).offset, isDead: true },
        );
      expect(seen).toEqual(poisoned.map((isDead, offset) => ({ offset, isDead })));
      expect(statuses.map(({ orderId }) => orderId)).toEqual(
        poisoned.flatMap((isDead, offset) => (isDead ? `o-${offset}` : [])),
      );
      expect([counts.in ?? 0, counts.dead_letter ?? 0]).toEqual([poisoned.length, poisoned.filter(Boolean).length]);
    }),
  );
});

test('says which step failed, with what kind of error and where, and not what the error said', async () => {
  const error = Object.assign(new TypeError('192.0.2.7 of Jane Doe'), { code: '22P02' });
  const { run, statuses, context, counts } = isolated(stepThatFailsOn(() => true, error));
  const output = onlyOutput(await run([recordAt(3)], context));
  const letter = deadLetterCodec.decode(output.dead_letter?.value ?? EMPTY);
  expect(letter).toMatchObject({
    step: 'validator',
    reason: v1.DeadLetterReason.PROCESSING_FAILED,
    error: expect.stringMatching(/^validator failed on this record: TypeError 22P02 at bisection\.test\.ts:\d+$/),
    orderId: 'o-3',
    messageId: 'm-1',
  });
  expect(statuses.map(({ status, detail }) => [status, detail])).toEqual([
    ['DEAD_LETTERED', `PROCESSING_FAILED: ${letter.error}`],
  ]);
  expect(counts).toEqual({ in: 1, dead_letter: 1, 'dead_letter.PROCESSING_FAILED': 1 });
});

test('takes a record aside that cannot be read', async () => {
  const { run, statuses, context } = isolated(stepThatFailsOn(() => true, 'not even an Error'));
  const output = onlyOutput(await run([aRecord('raw_order', Uint8Array.of(1, 2, 3))], context));
  expect(deadLetterCodec.decode(output.dead_letter?.value ?? EMPTY)).toMatchObject({
    error: 'validator failed on this record: something that is no Error was thrown',
    orderId: '',
  });
  expect(statuses).toEqual([]);
});

test('rejects the batch as a whole for an error that may go away', async () => {
  const error = new TransientError('gone');
  const { run, context, counts } = isolated(stepThatFailsOn((offset) => offset === 1, error));
  await expect(run([recordAt(0), recordAt(1)], context)).rejects.toBe(error);
  expect(counts).toEqual({});
});

test('sets a record aside even when its status cannot be recorded, unless the metastore is gone', async () => {
  const run = (code: string) =>
    isolateFailures(
      stepThatFailsOn(() => true, new Error('no')),
      {
        stage: 'validator',
        metastore: { recordStatuses: () => Promise.reject(Object.assign(new Error('no'), { code })) },
      },
    )([recordAt(0)], counting().context);
  expect(await run('22P02')).toMatchObject([[{ dead_letter: expect.anything() }]]);
  await expect(run('ECONNREFUSED')).rejects.toBeInstanceOf(TransientError);
});

test('needs few calls to find one bad record among many', async () => {
  let calls = 0;
  const failing = stepThatFailsOn((offset) => offset === 300, new Error('no'));
  const { run, context } = isolated((records, inner) => {
    calls += 1;
    return failing(records, inner);
  });
  await run(
    Array.from({ length: 512 }, (_, offset) => recordAt(offset)),
    context,
  );
  expect(calls).toBeLessThanOrEqual(2 * 9 + 1);
});
