/**
 * Records in a file that a task of Druid reads: partition (4 bytes), offset (8), timestamp in ms (8), the value's length (4), the value; big-endian,
 * nothing between them. RecordFile.java reads it.
 */
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { KafkaRecord } from '../model/record.js';

const headBytes = 24;

function bytesOf({ partition, offset, timestamp, value }: KafkaRecord): Buffer {
  const bytes = Buffer.alloc(headBytes + (value?.length ?? 0));
  bytes.writeInt32BE(partition, 0);
  bytes.writeBigInt64BE(BigInt(offset), 4);
  bytes.writeBigInt64BE(BigInt(timestamp), 12);
  bytes.writeInt32BE(value?.length ?? 0, 20);
  bytes.set(value ?? [], headBytes);
  return bytes;
}

/** Writes the file; rejects with the system's error. Answers how many records it has. */
export async function writeRecordFile(path: string, portions: AsyncIterable<readonly KafkaRecord[]>): Promise<number> {
  let count = 0;
  async function* chunks() {
    for await (const records of portions) {
      count += records.length;
      yield Buffer.concat(records.map(bytesOf));
    }
  }
  await pipeline(chunks, createWriteStream(path));
  return count;
}
