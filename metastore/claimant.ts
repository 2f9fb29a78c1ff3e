/**
 * Which record holds a claim, for SQL: of a released record the one that was set aside, the release, and the copy.
 *
 * A release takes over the claim of the record that it is of, and of that record's earlier releases: those were set aside.
 * The same release sent twice is two copies, of which the first one holds; the record itself, read again, holds no more.
 * See docs/glossary.md.
 */
import type { RecordPosition } from '../model/release.js';

/** The columns topic, partition, position, release, copy_partition and copy_position of a batch. */
export function claimantColumns(records: readonly RecordPosition[]): unknown[][] {
  return [
    records.map(({ topic }) => topic),
    records.map(({ partition, released }) => released?.partition ?? partition),
    records.map(({ offset, released }) => released?.offset ?? offset),
    records.map(({ released }) => released?.number ?? 0),
    records.map(({ partition, released }) => (released ? partition : null)),
    records.map(({ offset, released }) => (released ? offset : null)),
  ];
}

/** Which record of a batch is to claim: the newest release, else the earliest record. */
export const claimantOrder = 'release DESC, n';

const isNewerRelease = `
  (excluded.record_topic, excluded.record_partition, excluded.record_offset)
    = (held.record_topic, held.record_partition, held.record_offset)
  AND excluded.release > held.release`;

/** What ON CONFLICT does to the claim that is held, `more` of its columns too. It changes nothing unless a release takes it over. */
export const takeOver = (...more: readonly string[]) =>
  ['release', 'copy_partition', 'copy_offset', ...more]
    .map((column) => `${column} = CASE WHEN ${isNewerRelease} THEN excluded.${column} ELSE held.${column} END`)
    .join(', ');

/** Whether a record of the batch holds the claim. */
export const holds = (batch: string, claim: string) => `(
  (${batch}.topic, ${batch}.partition, ${batch}.position, ${batch}.release)
    = (${claim}.record_topic, ${claim}.record_partition, ${claim}.record_offset, ${claim}.release)
  AND (${batch}.release = 0
    OR (${batch}.copy_partition, ${batch}.copy_position) = (${claim}.copy_partition, ${claim}.copy_offset))
)`;
