/** Tells releases of dead letters from records that only say so. */
import type { Metastore } from '../../metastore/metastore.js';
import type { KafkaRecord } from '../../model/record.js';
import { claimedReleaseOf, claimsRelease, withoutRelease } from '../../model/release.js';
import type { Counter } from './batch-step.js';
import type { StepContext } from './step.js';
import { ask } from './transient-error.js';

/**
 * The step, but only those records are of a release that the metastore knows as claimed, for their content: a replay claims it
 * before it sends the record. Any other record that bears the header is an ordinary one, and counts as `pretended_release`. One more
 * round trip for a batch that has such records. Rejects as `ask` and the step do.
 */
export function trustKnownReleases<Output>(
  step: (records: readonly KafkaRecord[], context: StepContext) => Promise<Output>,
  { metastore }: { readonly metastore: Pick<Metastore, 'knowsReleases'> },
): (records: readonly KafkaRecord[], context: StepContext) => Promise<Output> {
  return async (records, context) => {
    if (!records.some(claimsRelease)) return step(records, context);
    const claimed = records.map((record) => (claimsRelease(record) ? claimedReleaseOf(record) : null));
    const answers = (await ask(metastore.knowsReleases(claimed.filter((release) => release !== null)))).values();
    const isKnown = claimed.map((release) => release !== null && answers.next().value === true);
    const isPretended = records.map((record, index) => claimsRelease(record) && !isKnown[index]);
    const output = await step(
      records.map((record, index) => (isPretended[index] ? withoutRelease(record) : record)),
      context,
    );
    const pretended = isPretended.filter(Boolean).length;
    if (pretended > 0) context.count('pretended_release' satisfies Counter, pretended);
    return output;
  };
}
