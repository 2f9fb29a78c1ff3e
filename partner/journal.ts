/** The stand-in partner's journal: one JSON line for each request, never changed, and what it says about each order. */
import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { createInterface } from 'node:readline';

/**
 * What the partner did with a request.
 * effect: took the order, for the first time under this key · repeat: the same key and bytes again, answered as before ·
 * conflict: the same key with other bytes · refused: answered 4xx · failed: answered as the behaviour says ·
 * dropped: the connection was cut without an effect.
 */
export const outcomes = ['effect', 'repeat', 'conflict', 'refused', 'failed', 'dropped'] as const;
export type JournalOutcome = (typeof outcomes)[number];

export interface JournalEntry {
  /** ISO 8601. */
  readonly time: string;
  /** 1, 2, 3… over restarts. */
  readonly sequence: number;
  readonly method: string;
  readonly path: string;
  /** Empty where the request had none. */
  readonly idempotencyKey: string;
  /** Empty where the body had none. */
  readonly orderId: string;
  /** The body's bytes, base64; cut at the limit where the body was too large. */
  readonly body: string;
  readonly outcome: JournalOutcome;
  /** The answer's status, 0 where the connection was cut instead of an answer. */
  readonly status: number;
}

export interface JournalWriter {
  /** Resolves when the line is on disk. Lines that come together are written together. */
  append(entry: JournalEntry): Promise<void>;
  /** Resolves when everything is written. */
  close(): Promise<void>;
}

/**
 * The entries of a journal, in order; none for a file that does not exist. A torn last line, left by a process that was
 * killed while it wrote, is skipped; it was never answered. Throws for any other line that is no JSON.
 */
export async function* readEntries(path: string): AsyncGenerator<JournalEntry> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!file) return;
  const lines = createInterface({ input: createReadStream('', { fd: file, autoClose: true }), crlfDelay: Infinity });
  let torn: unknown;
  for await (const line of lines) {
    if (line === '') continue;
    if (torn) throw new Error(`${path} has a broken line that is not its last`, { cause: torn });
    try {
      yield JSON.parse(line) as JournalEntry;
    } catch (error) {
      torn = error;
    }
  }
}

/** Opens a journal for appending. Cuts off a torn last line first, so that the next line starts on its own. */
export async function openJournal(path: string): Promise<JournalWriter> {
  const file = await open(path, 'a+');
  await cutTornLine(file);
  let waiting: string[] = [];
  let written: Promise<void> = Promise.resolve();
  async function write(): Promise<void> {
    const lines = waiting.join('');
    waiting = [];
    await file.appendFile(lines);
    await file.datasync();
  }
  return {
    append(entry) {
      waiting.push(`${JSON.stringify(entry)}\n`);
      if (waiting.length === 1) written = written.then(write);
      return written;
    },
    async close() {
      await written;
      await file.close();
    },
  };
}

async function cutTornLine(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  const block = Buffer.alloc(64 * 1024);
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - block.length);
    const { bytesRead } = await file.read(block, 0, end - start, start);
    const newline = block.subarray(0, bytesRead).lastIndexOf('\n');
    if (newline >= 0) return file.truncate(start + newline + 1);
    end = start;
  }
  await file.truncate(0);
}

export interface OrderInJournal {
  /** 1 for an order that was taken as it should be. */
  readonly effects: number;
  readonly repeats: number;
  readonly conflicts: number;
  readonly refusals: number;
}

/** What the journal says, by order id. Requests without an order id are left out. */
export async function readJournal(path: string): Promise<Map<string, OrderInJournal>> {
  const orders = new Map<string, OrderInJournal>();
  for await (const { orderId, outcome } of readEntries(path)) {
    if (orderId === '') continue;
    const before = orders.get(orderId) ?? { effects: 0, repeats: 0, conflicts: 0, refusals: 0 };
    orders.set(orderId, {
      effects: before.effects + Number(outcome === 'effect'),
      repeats: before.repeats + Number(outcome === 'repeat'),
      conflicts: before.conflicts + Number(outcome === 'conflict'),
      refusals: before.refusals + Number(outcome === 'refused'),
    });
  }
  return orders;
}
