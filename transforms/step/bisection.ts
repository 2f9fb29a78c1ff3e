/** Finds the one order that fails its batch, so that the others pass. */
import { describeError } from '../../errors.js';
import type { Metastore } from '../../metastore/metastore.js';
import type { KafkaRecord, OutgoingRecord } from '../../model/record.js';
import type { StageName } from '../../model/stages.js';
import { failureOf, failureOfRecord, orderIn, type Failure } from '../decoding/decode.js';
import { linesOf, setAside, type Counter } from './batch-step.js';
import type { StepContext } from './step.js';
import { TransientError, ask } from './transient-error.js';

export interface IsolationOptions {
  readonly stage: StageName;
  readonly metastore: Pick<Metastore, 'recordStatuses'>;
}

/** A Step, of any kind of output of which a dead letter alone is one. */
type BatchFunction<Output extends { readonly dead_letter?: OutgoingRecord }> = (
  records: readonly KafkaRecord[],
  context: StepContext,
) => Promise<readonly (readonly Output[])[]>;

/**
 * The step, but a record that makes it fail goes to `dead_letter` as PROCESSING_FAILED (with the status DEAD_LETTERED)
 * while the others pass, in their order. Halves the batch until the record is found: about 2·log2(n) calls for one bad
 * record of n. A TransientError is nobody's fault and rejects the batch as a whole.
 */
export function isolateFailures<Output extends { readonly dead_letter?: OutgoingRecord }>(
  step: BatchFunction<Output>,
  { stage, metastore }: IsolationOptions,
): BatchFunction<Output> {
  function failureIn(record: KafkaRecord, error: unknown): Failure {
    const order = orderIn(record);
    const text = `${stage} failed on this record: ${describeError(error)}`;
    return order
      ? failureOf(order, 'PROCESSING_FAILED', text)
      : failureOfRecord(record, null, { reason: 'PROCESSING_FAILED', error: text });
  }

  async function setFailedAside(record: KafkaRecord, error: unknown, context: StepContext) {
    const { output, change, counters } = setAside(stage, record, failureIn(record, error));
    if (change) {
      await ask(metastore.recordStatuses(linesOf(record, change))).catch((statusError: unknown) => {
        // The status may be the very thing that fails; the dead letter matters more.
        if (statusError instanceof TransientError) throw statusError;
      });
    }
    for (const counter of ['in', ...counters] satisfies Counter[]) context.count(counter);
    return [output as unknown as Output];
  }

  const attempt: BatchFunction<Output> = async (records, context) => {
    try {
      return await step(records, context);
    } catch (error) {
      const [record] = records;
      if (error instanceof TransientError || !record) throw error;
      if (records.length === 1) return [await setFailedAside(record, error, context)];
      const middle = records.length >> 1;
      const first = await attempt(records.slice(0, middle), context);
      return [...first, ...(await attempt(records.slice(middle), context))];
    }
  };
  return attempt;
}
