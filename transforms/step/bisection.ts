/** Finds the one order that fails its batch, so that the others pass. */
import { describeError } from '../../errors.js';
import type { Metastore } from '../../metastore/metastore.js';
import type { KafkaRecord, OutgoingRecord } from '../../model/record.js';
import { stageByName, type StageName } from '../../model/stages.js';
import { failureOf, failureOfRecord, orderIn, type Failure } from '../decoding/decode.js';
import { setAside, type Counter } from './batch-step.js';
import { aboutOf, asideLine, failureIn, recordLines } from './record-lines.js';
import type { StepContext } from './step.js';
import { TransientError } from './transient-error.js';

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
  function failureOfError(record: KafkaRecord, error: unknown): Failure {
    // As a record of the topic that the stage reads, from where else it may have been carried.
    const order = orderIn({ ...record, topic: stageByName(stage).input });
    const text = `${stage} failed on this record: ${describeError(error)}`;
    return order
      ? failureOf(order, 'PROCESSING_FAILED', text)
      : failureOfRecord(record, null, { reason: 'PROCESSING_FAILED', error: text });
  }

  async function setFailedAside(record: KafkaRecord, error: unknown, context: StepContext) {
    const own = failureOfError(record, error);
    // Nothing was asked about it, so that it may be none of the publication.
    const line = { ...asideLine(own), about: aboutOf(stage, record) };
    const [stands = line] = await recordLines(metastore, stage, [{ record, names: own, line }]).catch(
      (statusError: unknown) => {
        // The status may be the very thing that fails; the dead letter matters more.
        if (statusError instanceof TransientError) throw statusError;
        return [];
      },
    );
    const failure = failureIn(stands, own) ?? own;
    const { output, counters } = setAside(stage, record, failure);
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
