/** Writes generated orders into a file instead of Kafka, for `orderflow run`. */
import { isSystemError, OperatorError } from '../errors.js';
import { checkNew, writeWhole } from '../kafka/new-file.js';
import { formatOf, formatRecord } from '../kafka/record-file.js';
import type { Publication } from './orders.js';
import { createTally, type Summary } from './summary.js';

/**
 * Writes all publications in their order, in the form that the file's name says (see record-file.ts), and answers with a
 * summary. Throws OperatorError BAD_OUTPUT_FILE, and FILE_EXISTS for a file that is there, unless it is told to `overwrite` it.
 */
export async function writeOrderFile(
  path: string,
  publications: Iterable<Publication>,
  { overwrite = false }: { overwrite?: boolean } = {},
): Promise<Summary> {
  const format = formatOf(path);
  if (!format) {
    const message = `--to ${path}: end the name in .jsonl for JSON lines, or in .bin for length-delimited protobuf`;
    throw new OperatorError('BAD_OUTPUT_FILE', message, { exitCode: 2 });
  }
  await checkNew('--to', path, { overwrite });
  const start = performance.now();
  const tally = createTally();
  function* records(): Generator<Uint8Array> {
    for (const publication of publications) {
      yield formatRecord(format!, 'raw_order', publication);
      tally.add([publication]);
    }
  }
  try {
    await writeWhole(path, records());
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const message = `--to ${path} cannot be written (${error.code}): give a path in a folder that can`;
    throw new OperatorError('BAD_OUTPUT_FILE', message, { cause: error });
  }
  return tally.summary((performance.now() - start) / 1000);
}
