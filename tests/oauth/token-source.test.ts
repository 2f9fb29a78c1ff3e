import { expect, test } from 'vitest';
import { createTokenSource, type Token } from '../../oauth/token-source.js';

/** A source over an endpoint that answers t-1, t-2, …, each good for 100 s, when it is told to, and a clock. */
function aSource() {
  const waiting: { resolve: (token: Token) => void; reject: (error: Error) => void }[] = [];
  const time = { now: 0 };
  let asked = 0;
  const source = createTokenSource(() => new Promise((resolve, reject) => waiting.push({ resolve, reject })), {
    clock: () => time.now,
  });
  return {
    source,
    time,
    waiting,
    answer: () => waiting.shift()!.resolve({ text: `t-${++asked}`, lifetimeMs: 100_000 }),
    /** Resolves when it is known. */
    fail: async () => {
      waiting.shift()!.reject(new Error('down'));
      await new Promise(setImmediate);
    },
  };
}

async function withToken() {
  const all = aSource();
  const first = all.source.get();
  all.answer();
  expect(await first).toBe('t-1');
  return all;
}

test('asks once, however many want it at once', async () => {
  const { source, answer, waiting } = aSource();
  const many = Array.from({ length: 50 }, () => source.get());
  expect(waiting.length).toBe(1);
  answer();
  expect(new Set(await Promise.all(many))).toEqual(new Set(['t-1']));
  expect(await source.get()).toBe('t-1');
  expect(waiting.length).toBe(0);
});

test('asks for the next one shortly before it runs out, and nobody waits for it', async () => {
  const { source, time, answer, waiting } = await withToken();
  time.now = 79_999;
  expect([await source.get(), waiting.length]).toEqual(['t-1', 0]);
  time.now = 80_000;
  expect([await source.get(), await source.get(), waiting.length]).toEqual(['t-1', 't-1', 1]);
  answer();
  await Promise.resolve();
  expect(await source.get()).toBe('t-2');
});

test('goes on with one that is good while there is no next one, and fails when it is over', async () => {
  const { source, time, fail, answer, waiting } = await withToken();
  time.now = 80_000;
  expect(await source.get()).toBe('t-1');
  await fail();
  time.now = 84_999;
  expect([await source.get(), waiting.length]).toEqual(['t-1', 0]);
  time.now = 85_000;
  expect([await source.get(), waiting.length]).toEqual(['t-1', 1]);
  await fail();
  time.now = 100_000;
  const late = expect(source.get()).rejects.toThrow('down');
  await fail();
  await late;
  const mended = source.get();
  answer();
  expect(await mended).toBe('t-2');
});

test('asks anew for one that was refused, once for all who had it', async () => {
  const { source, time, answer, waiting } = await withToken();
  time.now = 10_000;
  source.refuse('t-1');
  source.refuse('t-1');
  const many = [source.get(), source.get()];
  expect(waiting.length).toBe(1);
  answer();
  expect(await Promise.all(many)).toEqual(['t-2', 't-2']);
  source.refuse('t-1');
  expect([await source.get(), waiting.length]).toEqual(['t-2', 0]);
});

test('does not ask again and again where each one is refused', async () => {
  const { source, time, waiting } = await withToken();
  time.now = 4_999;
  source.refuse('t-1');
  expect([await source.get(), waiting.length]).toEqual(['t-1', 0]);
  time.now = 5_000;
  source.refuse('t-1');
  void source.get();
  expect(waiting.length).toBe(1);
});
