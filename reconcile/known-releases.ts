/** Records as what they are: of a release only where the metastore knows that it was claimed for their content. */
import { statementRunner, type Pool } from '../metastore/connection.js';
import { knowsReleases } from '../metastore/releases.js';
import type { KafkaRecord } from '../model/record.js';
import { claimedReleaseOf, claimsRelease, withoutRelease } from '../model/release.js';

/** How long an answer may take, in ms. */
const answerMs = 30_000;

/**
 * Hands each record on; one that bears the header of a release, and is of none, as an ordinary one. Those without the header, nearly
 * all, at once.
 */
export function asKnown(
  pool: Pool,
  onRecord: (record: KafkaRecord) => void,
): (record: KafkaRecord) => void | Promise<void> {
  const run = statementRunner(pool, answerMs);
  return (record) => {
    if (!record.headers || !claimsRelease(record)) return onRecord(record);
    const claimed = claimedReleaseOf(record);
    if (!claimed) return onRecord(withoutRelease(record));
    return knowsReleases(run, [claimed]).then(([isKnown]) => onRecord(isKnown ? record : withoutRelease(record)));
  };
}
