/** The system as a foreign producer and reader meets it: the program in tests/foreign, in another language. Part of chain.test.ts. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot, type Config } from '../../config.js';
import { defaultReferenceFile, readReferenceFile } from '../../metastore/reference-data.js';
import { runPython } from '../foreign/python.js';

/** What the program says of the system; a line for each case that failed, and their numbers. */
async function conformance(config: Config, ...args: string[]): Promise<string[]> {
  const program = join(projectRoot, 'tests', 'foreign', 'conformance.py');
  const output = await runPython([program, '--kafka', config.kafka, ...args]).catch(
    (error: { stdout?: string; message: string }) => error.stdout || error.message,
  );
  return output.trim().split('\n');
}

/** To be called within a `describe`: `stack` answers, once the tests run, with a stack whose jobs run. */
export function describeForeign(stack: () => Config): void {
  test('what Python and librdkafka send becomes what it has to, and is read as it was meant', async () => {
    expect(await conformance(stack())).toEqual([expect.stringMatching(/^[1-9]\d+ passed, 0 failed$/)]);
  }, 180_000);

  test('and the program sees where a system does not do so', async () => {
    const reference = await readReferenceFile(defaultReferenceFile);
    const file = join(stack().home, 'other-reference.json');
    await writeFile(file, JSON.stringify({ ...reference, paymentDefaulters: ['C-UNKNOWN-HERE'] }));
    expect(await conformance(stack(), '--only', 'defaulter', '--reference', file, '--wait', '10')).toEqual([
      expect.stringContaining('rules: a payment defaulter, record 1 at'),
      '1 passed, 1 failed',
    ]);
  }, 60_000);
}
