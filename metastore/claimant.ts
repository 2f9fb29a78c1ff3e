/**
 * Which record holds a claim, for SQL: of a released record the one that was set aside, the release, and the copy.
 *
 * A release takes over the claim of the record that it is of, and of that record's earlier releases: those were set aside.
 * The same release sent twice is two copies, of which the first one holds; the record itself, read again, holds no more.
 * See docs/glossary.md.
 */
import type { RecordPosition } from '../model/release.js';

/** The columns topic, partition, position, release and copy of a batch. */
export function claimantColumns(records: readonly RecordPosition[]): unknown[][] {
  return [
    records.map(({ topic }) => topic),
    records.map(({ partition, released }) => released?.partition ?? partition),
    records.map(({ offset, released }) => released?.offset ?? offset),
    records.map(({ released }) => released?.number ?? null),
    records.map(({ partition, offset, released }) => (released ? `${partition}@${offset}` : null)),
  ];
}

/** Which record of a batch, `placed`, is to claim: a release of the record that holds the claim, then the newest release, else the earliest record. */
export const claimantOrder = (claims: string, key: string) => `
  (release IS NOT NULL AND record IS NOT DISTINCT FROM (SELECT c.record FROM ${claims} c WHERE c.${key} = placed.${key})) DESC,
  release DESC NULLS LAST, n`;

const isNewerRelease = `
  excluded.record = held.record AND excluded.release > coalesce(held.release, 0)`;

/** What ON CONFLICT does to the claim that is held, `more` of its columns too. It changes nothing unless a release takes it over. */
export const takeOver = (...more: readonly string[]) =>
  ['release', 'copy', ...more]
    .map((column) => `${column} = CASE WHEN ${isNewerRelease} THEN excluded.${column} ELSE held.${column} END`)
    .join(', ');

/** Whether a record of the batch holds the claim. */
export const holds = (batch: string, claim: string) => `(
  ${batch}.record = ${claim}.record
  AND (${batch}.release, ${batch}.copy) IS NOT DISTINCT FROM (${claim}.release, ${claim}.copy)
)`;
