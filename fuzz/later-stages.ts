/** Hands what the validator let through to the stages after it: none of them may find anything wrong with it. */
import { recordToJson } from '../kafka/record-json.js';
import type { KafkaRecord, OutgoingRecord } from '../model/record.js';
import type { StageName } from '../model/stages.js';
import type { TopicName } from '../model/topics.js';
import { createStageFunctions, type StageDependencies } from '../pipelines/stage-functions.js';
import { deadLetterCodec, v1 } from '../proto/messages.js';
import { sumOrders, toAggregatedOrder, type AggregationOutput } from '../transforms/aggregator.js';
import type { PartnerClient } from '../transforms/delivery/partner-client.js';
import type { StepOutput } from '../transforms/step/step.js';
import { problemsOfOutput } from './account.js';

/** Why a good order may be set aside all the same: the reference data, or the time. */
const honestReasons: Partial<Record<StageName, string>> = {
  enricher: 'UNKNOWN_LOCATION',
  router: 'NO_ROUTE',
  aggregator: 'TOO_LATE',
};

/** Takes every order, as a partner does that reads what it gets: the body must be JSON, and fit. */
export function readingPartner(maxBytes: number): PartnerClient {
  return {
    deliver: async (requests) =>
      requests.map(({ body, idempotencyKey }) => {
        JSON.parse(body);
        if (Buffer.byteLength(body) > maxBytes) throw new Error('the request is too large');
        if (!/^[0-9a-f]{64}$/.test(idempotencyKey)) throw new Error('the idempotency key fits into no header');
        return { kind: 'DELIVERED', status: 201 };
      }),
    roomFor: () => 'ANY',
    close: async () => undefined,
  };
}

interface Passed {
  /** Of the record on raw_order. */
  readonly index: number;
  readonly record: KafkaRecord;
}

type Call = (
  records: readonly KafkaRecord[],
  context: { count(): void },
) => Promise<readonly (readonly StepOutput[])[]>;

/**
 * A function that takes the records of `valid_order` which a batch made, through enricher, router, external-processor and
 * aggregator, and answers what went wrong there, with the index of the record on raw_order.
 */
export function createLaterStages(dependencies: StageDependencies) {
  const step = (stage: StageName) => createStageFunctions[stage](dependencies) as unknown as Call;
  const calls = {
    enricher: step('enricher'),
    router: step('router'),
    'external-processor': step('external-processor'),
  };
  const aggregate = step('aggregator') as unknown as (
    ...args: Parameters<Call>
  ) => Promise<readonly (readonly AggregationOutput[])[]>;
  const context = { count: () => undefined };

  return async (valid: readonly { readonly index: number; readonly output: OutgoingRecord }[]) => {
    const findings: { index: number; problem: string }[] = [];
    const find = (stage: StageName, index: number, problem: string) =>
      findings.push({ index, problem: `${stage}: ${problem}` });

    function judge(stage: StageName, index: number, output: StepOutput): void {
      for (const problem of problemsOfOutput(output)) find(stage, index, problem);
      for (const [topic, record] of Object.entries(output)) {
        const json = recordToJson(
          { ...record, topic: topic as TopicName, partition: 0, offset: 0, timestamp: 0 },
          false,
        );
        if (json.value === null) find(stage, index, `what it wrote to ${topic} cannot be read`);
      }
      if (!output.dead_letter) return;
      const { reason, error } = deadLetterCodec.decode(output.dead_letter.value);
      if (v1.DeadLetterReason[reason] !== honestReasons[stage])
        find(stage, index, `${v1.DeadLetterReason[reason]} (${error})`);
    }

    async function pass(stage: keyof typeof calls, input: readonly Passed[], to: TopicName): Promise<Passed[]> {
      if (input.length === 0) return [];
      const outputs = await calls[stage](
        input.map(({ record }) => record),
        context,
      );
      return input.flatMap(({ index }, at) =>
        outputs[at]!.flatMap((output) => {
          judge(stage, index, output);
          return output[to] ? [{ index, record: recordOn(to, index, dependencies.clock(), output[to]) }] : [];
        }),
      );
    }

    const input = valid.map(({ index, output }) => ({
      index,
      record: recordOn('valid_order', index, dependencies.clock(), output),
    }));
    const enriched = await pass('enricher', input, 'enriched_order');
    const external = await pass('router', enriched, 'external_order');
    await pass('external-processor', external, 'dead_letter');
    if (enriched.length === 0) return findings;
    const elements = await aggregate(
      enriched.map(({ record }) => record),
      context,
    );
    for (const [at, { index }] of enriched.entries())
      for (const { aggregate: element, dead_letter: letter } of elements[at]!) {
        if (letter) judge('aggregator', index, { dead_letter: letter });
        else {
          const window = { start: element.createdAt, end: element.createdAt + 1 };
          judge('aggregator', index, {
            aggregated_order: toAggregatedOrder(
              element.toLocationId,
              sumOrders.addInput(sumOrders.createAccumulator(), element),
              window,
              0,
            ),
          });
        }
      }
    return findings;
  };
}

const recordOn = (
  topic: TopicName,
  offset: number,
  timestamp: number,
  { key, value }: OutgoingRecord,
): KafkaRecord => ({
  topic,
  partition: 0,
  offset,
  timestamp,
  key,
  value,
});
