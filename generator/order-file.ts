/** Writes generated orders into a file instead of Kafka, for `orderflow run`. */
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { isSystemError, OperatorError } from '../errors.js';
import { formatOf, formatRecord } from '../kafka/record-file.js';
import type { Publication } from './orders.js';
import { createTally, type Summary } from './summary.js';

/**
 * Writes all publications in their order, in the form that the file's name says (see record-file.ts), and answers with a
 * summary. A file that is there is replaced. Throws OperatorError BAD_OUTPUT_FILE.
 */
export async function writeOrderFile(path: string, publications: Iterable<Publication>): Promise<Summary> {
  const format = formatOf(path);
  if (!format) {
    const message = `--to ${path}: end the name in .jsonl for JSON lines, or in .bin for length-delimited protobuf`;
    throw new OperatorError('BAD_OUTPUT_FILE', message, { exitCode: 2 });
  }
  const start = performance.now();
  const tally = createTally();
  function* records(): Generator<Uint8Array> {
    for (const publication of publications) {
      yield formatRecord(format!, 'raw_order', publication);
      tally.add([publication]);
    }
  }
  try {
    await pipeline(records, createWriteStream(path));
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const message = `--to ${path} cannot be written (${error.code}): give a path in a folder that can`;
    throw new OperatorError('BAD_OUTPUT_FILE', message, { cause: error });
  }
  return tally.summary((performance.now() - start) / 1000);
}
