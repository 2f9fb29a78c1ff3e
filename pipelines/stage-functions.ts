/** What each stage does, by the name of its batch function: the steps of transforms/ with their dependencies. */
import type { BatchFunction } from '../beam/operators/batch-functions.js';
import type { Metastore } from '../metastore/metastore.js';
import { batchMillis, withinMillis } from '../model/deadline.js';
import type { KafkaRecord, OutgoingRecord } from '../model/record.js';
import { redeliveryFunction, type StageName } from '../model/stages.js';
import { createAggregationInput, type AggregationOutput } from '../transforms/aggregator.js';
import type { Vault } from '../personal-data/vault.js';
import type { PartnerClient } from '../transforms/delivery/partner-client.js';
import { createRedeliverer } from '../transforms/delivery/redelivery.js';
import type { RetryPolicy } from '../transforms/delivery/retry-policy.js';
import { createEnricher } from '../transforms/enricher.js';
import { createExternalProcessor } from '../transforms/external-processor.js';
import { fuse } from '../transforms/fused.js';
import { createRouter } from '../transforms/router.js';
import { isolateFailures } from '../transforms/step/bisection.js';
import type { PersonalDataMode } from '../transforms/step/personal-data.js';
import { trustKnownReleases } from '../transforms/step/known-releases.js';
import { noteGaps } from '../transforms/step/unread-gaps.js';
import type { Clock, Step, StepOutput } from '../transforms/step/step.js';
import { createValidator } from '../transforms/validator.js';

export interface StageDependencies {
  readonly metastore: Metastore;
  readonly partner: PartnerClient;
  readonly clock: Clock;
  /** A larger order goes to the dead letters. */
  readonly maxOrderBytes: number;
  readonly allowedLatenessMs: number;
  readonly vault: Vault;
  /** What becomes of orders whose personal data come plain. */
  readonly personalData: PersonalDataMode;
  /** When a parked delivery is tried again, and when no more. */
  readonly retry: RetryPolicy;
  /** Called at each tick: starts the metastore's upkeep when it is due, and does not wait for it. Absent where it is nobody's task. */
  readonly startUpkeep?: () => void;
}

/**
 * Each call of the step has a batch's time. The bisection stands around it, not within: what halves a batch is an answer, never
 * a wait, which ends the whole (a TransientError). So it always gets to its end, by calls that have their time each.
 */
const inTime =
  <Input, Output>(step: BatchFunction<Input, Output>): BatchFunction<Input, Output> =>
  (batch, context) =>
    withinMillis(batchMillis, () => step(batch, context));

function isolated<Output extends { readonly dead_letter?: OutgoingRecord } = StepOutput>(
  stage: StageName,
  create: (dependencies: StageDependencies) => BatchFunction<KafkaRecord, Output>,
): (dependencies: StageDependencies) => BatchFunction<KafkaRecord, Output> {
  return (dependencies) =>
    noteGaps(
      trustKnownReleases(isolateFailures(inTime(create(dependencies)), { stage, ...dependencies }), dependencies),
      {
        stage,
        ...dependencies,
      },
    );
}

export const createStageFunctions: Record<
  StageName | typeof redeliveryFunction,
  (dependencies: StageDependencies) => BatchFunction<never, unknown>
> = {
  validator: isolated('validator', createValidator),
  enricher: isolated('enricher', createEnricher),
  router: isolated('router', createRouter),
  'external-processor': isolated('external-processor', createExternalProcessor),
  aggregator: isolated<AggregationOutput>('aggregator', createAggregationInput),
  // Several ticks of a batch are one: the dead letters leave with the first.
  [redeliveryFunction]: (dependencies) => {
    const redeliver = createRedeliverer(dependencies);
    return inTime(async (ticks: readonly unknown[], context) => {
      dependencies.startUpkeep?.();
      const deadLetters = await redeliver(context);
      return ticks.map((_, index) => (index === 0 ? deadLetters : []));
    });
  },
};

/** The fused stages as one function; `dependenciesOf` says what each of them has. */
export const createFusedFunction = (
  dependenciesOf: (stage: StageName) => StageDependencies,
): BatchFunction<KafkaRecord, StepOutput> =>
  fuse((stage) => createStageFunctions[stage](dependenciesOf(stage)) as unknown as Step);
