/** Writes down which records Kafka deleted before their stage had read them. */
import type { Metastore } from '../../metastore/metastore.js';
import type { KafkaRecord, UnreadGap } from '../../model/record.js';
import type { StageName } from '../../model/stages.js';
import type { StepContext } from './step.js';
import { ask } from './transient-error.js';

/**
 * The step, but a gap in front of a record is in the metastore before the record is handled, and counts as many records as are missing: as
 * `deleted_unread`, and as the same with topic and partition behind it. One more round trip for a batch with a gap, of which there are few.
 * Rejects as `ask` and the step do.
 */
export function noteGaps<Output>(
  step: (records: readonly KafkaRecord[], context: StepContext) => Promise<Output>,
  { stage, metastore }: { readonly stage: StageName; readonly metastore: Pick<Metastore, 'recordGaps'> },
): (records: readonly KafkaRecord[], context: StepContext) => Promise<Output> {
  return async (records, context) => {
    const gaps = records.flatMap((record) => gapBefore(stage, record));
    if (gaps.length === 0) return step(records, context);
    await ask(metastore.recordGaps(gaps));
    const output = await step(records, context);
    for (const { topic, partition, first, next } of gaps) {
      context.count('deleted_unread', next - first);
      context.count(`deleted_unread.${topic}/${partition}`, next - first);
    }
    return output;
  };
}

function gapBefore(stage: StageName, { topic, partition, offset, deletedFrom }: KafkaRecord): UnreadGap[] {
  if (deletedFrom === undefined || deletedFrom === null) return [];
  return [{ stage, topic, partition, first: deletedFrom, next: offset }];
}
