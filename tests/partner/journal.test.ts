import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { openJournal, readJournal, type JournalEntry } from '../../partner/journal.js';
import { aJournalPath, entriesOf } from './process.js';

const entry = (sequence: number, changes: Partial<JournalEntry> = {}): JournalEntry => ({
  time: '2025-06-01T12:00:00.000Z',
  sequence,
  method: 'POST',
  path: '/orders',
  idempotencyKey: 'k',
  orderId: 'o-1',
  body: 'e30=',
  outcome: 'effect',
  status: 201,
  ...changes,
});

async function aJournal(text?: string): Promise<string> {
  const path = await aJournalPath();
  await mkdir(dirname(path), { recursive: true });
  if (text !== undefined) await writeFile(path, text);
  return path;
}

test('is empty where there is none', async () => {
  expect(await readJournal(await aJournal())).toEqual(new Map());
});

test('gives back what was written, in order, however many lines come at once', async () => {
  const path = await aJournal();
  const journal = await openJournal(path);
  const entries = Array.from({ length: 500 }, (_, index) => entry(index + 1));
  await Promise.all(entries.map((line) => journal.append(line)));
  expect(await entriesOf(path)).toEqual(entries);
  await journal.close();
});

test('sums up what became of each order', async () => {
  const lines = [
    entry(1),
    entry(2, { outcome: 'repeat' }),
    entry(3, { outcome: 'conflict' }),
    entry(4, { outcome: 'failed', orderId: 'o-2' }),
    entry(5, { outcome: 'refused', orderId: 'o-2' }),
    entry(6, { outcome: 'refused', orderId: '' }),
  ];
  const path = await aJournal(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  expect(await readJournal(path)).toEqual(
    new Map([
      ['o-1', { effects: 1, repeats: 1, conflicts: 1, refusals: 0 }],
      ['o-2', { effects: 0, repeats: 0, conflicts: 0, refusals: 1 }],
    ]),
  );
});

test('cuts off a torn last line, also when it is the only one or a long one', async () => {
  for (const [kept, torn] of [
    [`${JSON.stringify(entry(1))}\n`, '{"time'],
    ['', '{"time'],
    [`${JSON.stringify(entry(1))}\n`, `{"body":"${'x'.repeat(200_000)}`],
  ] as const) {
    const path = await aJournal(kept + torn);
    const before = await entriesOf(path);
    const journal = await openJournal(path);
    await journal.append(entry(2));
    await journal.close();
    expect(await entriesOf(path)).toEqual([...before, entry(2)]);
  }
});

test('does not pass over a broken line in the middle', async () => {
  const path = await aJournal(`{"torn\n${JSON.stringify(entry(1))}\n`);
  await expect(readJournal(path)).rejects.toThrow('has a broken line that is not its last');
});
