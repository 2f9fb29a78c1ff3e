/** The fused stages' steps as one: what a step writes for the next one is handed to it at once, in the same batch. */
import { fusedStages } from '../model/fusion.js';
import type { KafkaRecord, OutgoingRecord } from '../model/record.js';
import { stageByName, type StageName } from '../model/stages.js';
import type { Step, StepContext, StepOutput } from './step/step.js';

/** Where each stage counts for itself. */
export interface FusedContext {
  count(counter: string, by?: number, stage?: StageName): void;
}

/**
 * The outputs of all of the steps, each with the record that it began with. A record that is carried on stands, for the steps behind the
 * first one, where that record does: it is what they set aside, and by which they claim. Nothing is decided anew by it: each step records its own
 * lines, and what follows is made from those that stand. Safe to call again, and rejects, as the steps do.
 */
export function fuse(stepOf: (stage: StageName) => Step) {
  const steps = fusedStages.map((stage) => ({ stage, step: stepOf(stage) }));
  return async (
    records: readonly KafkaRecord[],
    context: FusedContext,
  ): Promise<readonly (readonly StepOutput[])[]> => {
    const outputs = records.map((): StepOutput[] => []);
    let under: readonly { readonly record: KafkaRecord; readonly first: number }[] = records.map((record, first) => ({
      record,
      first,
    }));
    for (const [index, { stage, step }] of steps.entries()) {
      if (under.length === 0) break;
      const answers = await step(
        under.map(({ record }) => record),
        { count: (counter, by) => context.count(counter, by, stage) } satisfies StepContext,
      );
      const next = steps[index + 1] && stageByName(steps[index + 1]!.stage).input;
      under = under.flatMap(({ record, first }, at) => {
        outputs[first]!.push(...answers[at]!);
        const onward = next && answers[at]!.find((output) => output[next])?.[next];
        return onward ? [{ record: carried(record, onward), first }] : [];
      });
    }
    return outputs;
  };
}

/** Of no release, whatever the record was that it began with: that was the first step's. */
const carried = (
  { topic, partition, offset, timestamp }: KafkaRecord,
  { key, value }: OutgoingRecord,
): KafkaRecord => ({
  topic,
  partition,
  offset,
  timestamp,
  key,
  value,
  headers: [],
  deletedFrom: null,
});
