import { expect, test } from 'vitest';
import { CircuitOpenError, createCircuit } from '../../../transforms/delivery/circuit.js';
import { PartnerFault, type Verdict } from '../../../transforms/delivery/partner-answer.js';

function aCircuit() {
  const time = { now: 0 };
  const circuit = createCircuit({ breakAfter: 3, halfOpenAfterMs: 100, clock: () => time.now });
  const fails =
    (verdict: Verdict, retryAfterMs = 0) =>
    async () => {
      throw new PartnerFault('no', verdict, retryAfterMs);
    };
  /** What comes of a request. */
  const run = async (key: string, request: () => Promise<string>) =>
    circuit.run(key, request).catch((error: unknown) => (error instanceof CircuitOpenError ? 'not made' : 'failed'));
  return { time, room: circuit.room, run, fails, succeeds: async () => 'taken' };
}

test('opens after so many orders in a row, lets one try after a while, and closes when it is taken', async () => {
  const { time, room, run, fails, succeeds } = aCircuit();
  for (const key of ['a', 'b', 'c']) expect(await run(key, fails('EITHER'))).toBe('failed');
  expect([room(), await run('d', succeeds)]).toEqual(['NONE', 'not made']);
  time.now = 100;
  expect([room(), await run('d', succeeds), room()]).toEqual(['ONE', 'taken', 'ANY']);
});

test('an order that is taken in between says that the partner is up', async () => {
  const { room, run, fails, succeeds } = aCircuit();
  for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) {
    await run(key, fails('EITHER'));
    await run('good', succeeds);
  }
  expect(room()).toBe('ANY');
});

test.each<[Verdict, string]>([
  ['EITHER', 'ANY'],
  ['ORDER', 'ANY'],
  ['PARTNER', 'NONE'],
])('one order that fails again and again, by the fault of %s: room for %s', async (verdict, expected) => {
  const { room, run, fails } = aCircuit();
  for (let n = 0; n < 5; n++) await run('a', fails(verdict));
  expect(room()).toBe(expected);
});

test('the others wait for the probe: they are made when it is taken, and are not when it fails', async () => {
  for (const isTaken of [true, false]) {
    const { time, room, run, fails, succeeds } = aCircuit();
    for (const key of ['a', 'b', 'c']) await run(key, fails('EITHER'));
    time.now = 100;
    let end = () => {};
    const mayEnd = new Promise<void>((resolve) => (end = resolve));
    const probe = run('d', () => mayEnd.then(isTaken ? succeeds : fails('EITHER')));
    const others = [run('e', succeeds), run('f', succeeds)];
    expect(room()).toBe('NONE');
    end();
    expect(await probe).toBe(isTaken ? 'taken' : 'failed');
    expect(await Promise.all(others)).toEqual(isTaken ? ['taken', 'taken'] : ['not made', 'not made']);
  }
});

test('a probe that is broken off says nothing, and another one takes its place', async () => {
  const { time, room, run, fails, succeeds } = aCircuit();
  for (const key of ['a', 'b', 'c']) await run(key, fails('EITHER'));
  time.now = 100;
  const probe = run('d', async () => Promise.reject(new Error('the deadline')));
  const other = run('e', succeeds);
  expect([await probe, await other, room()]).toEqual(['failed', 'taken', 'ANY']);
});

test('opens at once for as long as the partner asks, whatever is still answered meanwhile', async () => {
  const { time, room, run, fails, succeeds } = aCircuit();
  let end = () => {};
  const underWay = run('a', () => new Promise<void>((resolve) => (end = resolve)).then(succeeds));
  await run('b', fails('PARTNER', 5_000));
  end();
  expect([await underWay, room()]).toEqual(['taken', 'NONE']);
  time.now = 4_999;
  expect(room()).toBe('NONE');
  time.now = 5_000;
  expect([room(), await run('b', succeeds), room()]).toEqual(['ONE', 'taken', 'ANY']);
});

test('an order that is to wait by itself says that the partner is up', async () => {
  const { time, room, run, fails } = aCircuit();
  for (const key of ['a', 'b', 'c']) await run(key, fails('EITHER'));
  time.now = 100;
  await run('d', fails('ORDER', 60_000));
  expect(room()).toBe('ANY');
});
