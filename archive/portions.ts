/** What is read of a partition, in portions that become files. */
import { codeOf } from '../errors.js';
import type { KafkaRecord } from '../model/record.js';
import { dayOf } from './files.js';
import type { Offsets } from './offsets.js';

/** A file holds so much at most: it is read again as a whole where the worker that reads it dies. A larger record is alone in one. */
const most = { records: 50_000, bytes: 32 * 1024 * 1024 };

/** Records of one day, and all that a reader sees between these offsets. */
export interface Portion extends Offsets {
  readonly records: readonly KafkaRecord[];
}

export interface Reading {
  /** Reads from there to the stretch's end. Fails with RECORDS_DELETED where Kafka has deleted some of it. */
  readonly readFrom: (from: number) => AsyncIterable<readonly KafkaRecord[]>;
  /** Fails where what was read may be of another topic, which has the name by now. */
  readonly requireSame: () => Promise<void>;
  /** The first offset that Kafka has now. */
  readonly firstNow: () => Promise<number>;
  /** Told what Kafka deleted before it was read. */
  readonly onGap: (gap: Offsets) => void;
}

/** The records of a stretch in portions of it, without what Kafka deletes meanwhile. Fails as the reading does. */
export async function* remainingPortions(
  { from, to }: Offsets,
  { readFrom, requireSame, firstNow, onGap }: Reading,
): AsyncGenerator<Portion> {
  for (let next = from; next < to;) {
    try {
      for await (const portion of portionsOf(readFrom(next), { from: next, to })) {
        await requireSame();
        yield portion;
        next = portion.to;
      }
      return;
    } catch (error) {
      if (!isDeletion(error)) throw error;
      await requireSame();
      const first = Math.min(await firstNow(), to);
      if (first <= next) throw error;
      onGap({ from: next, to: first });
      next = first;
    }
  }
}

const isDeletion = (error: unknown) => codeOf(error) === 'RECORDS_DELETED';

/**
 * The records of a stretch in portions of a day, and no more than a file holds. They follow upon each other from the stretch's beginning to its end, also
 * where offsets have no record, such as those of a transaction that was aborted. A stretch without records has no portion. Where Kafka deletes what comes
 * next, the last portion has what came before.
 */
export async function* portionsOf(
  stretch: AsyncIterable<readonly KafkaRecord[]>,
  { from, to }: Offsets,
): AsyncGenerator<Portion> {
  let records: KafkaRecord[] = [];
  let bytes = 0;
  let begin = from;
  try {
    for await (const read of stretch)
      for (const record of read) {
        const [first] = records;
        const size = sizeOf(record);
        const isFull = records.length === most.records || bytes + size > most.bytes;
        if (first && (isFull || dayOf(first.timestamp) !== dayOf(record.timestamp))) {
          yield { records, from: begin, to: record.offset };
          [records, bytes, begin] = [[], 0, record.offset];
        }
        records.push(record);
        bytes += size;
      }
  } catch (error) {
    const last = records.at(-1);
    if (isDeletion(error) && last) yield { records, from: begin, to: last.offset + 1 };
    throw error;
  }
  if (records.length > 0) yield { records, from: begin, to };
}

/** Bytes that others have sent: any producer may give a record a large key, or many headers. */
const sizeOf = ({ key, value, headers }: KafkaRecord) =>
  [key, value, ...(headers ?? []).flatMap((header) => [header.key, header.value])].reduce(
    (sum, part) => sum + (part?.length ?? 0),
    0,
  );
