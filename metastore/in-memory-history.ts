/** The status histories without a server. See status-history.ts. */
import { bitsOf, isAllowed, ofAttempt, slotOf } from '../model/transitions.js';
import { keyOf, publicationKey, type PublicationName } from './in-memory-keys.js';
import type { RecordAside, RecordedLine, StatusChange } from './metastore.js';
import { storedText } from './status-history.js';

export interface Added {
  readonly line: StatusChange;
  /** The bits of the statuses that stood there before. */
  readonly before: number;
}

/** Empty histories. `isOrder` says whether a publication that was accepted is its order, and claims it. */
export function createHistory(isOrder: (publication: PublicationName) => boolean) {
  const lines: StatusChange[] = [];
  /** By publication; what counts for one attempt alone, by publication and attempt. */
  const held = new Map<string, number>();
  const standing = new Map<string, RecordedLine>();
  const start = bitsOf(['START']);

  const publicationOf = ({
    orderId,
    messageId,
    createdAt,
    about = '',
  }: PublicationName & { readonly about?: string }) => publicationKey({ orderId, messageId, createdAt }, about);
  const slotIn = (change: StatusChange) =>
    keyOf(publicationOf(change), change.attempt ?? 1, change.recordedBy, slotOf(change.status));

  return {
    lines: lines as readonly StatusChange[],
    /** The line that stands in the slot of this one. */
    standing: (change: StatusChange): RecordedLine | null => standing.get(slotIn(change)) ?? null,
    /** Whether a line about the record stands. */
    isThere: (record: RecordAside): boolean => lines.some((line) => publicationOf(line) === publicationOf(record)),
    /** Adds the line where the transitions allow it; null where they do not. */
    add(change: StatusChange): Added | null {
      const { attempt = 1 } = change;
      const publication = publicationOf(change);
      const before = (held.get(publication) ?? start) | (held.get(keyOf(publication, attempt)) ?? start);
      const { otherwise, ...own } = change;
      if (standing.has(slotIn(change)) || !isAllowed(change.status, before)) return null;
      const line = otherwise && !isOrder(change) ? { ...own, ...otherwise } : own;
      const { status, detail, facts } = line;
      standing.set(slotIn(change), { status, detail: storedText(detail), ...(facts && { facts }) });
      const key = ofAttempt.includes(status) ? keyOf(publication, attempt) : publication;
      held.set(key, (held.get(key) ?? start) | bitsOf([status]));
      lines.push(line);
      return { line, before };
    },
  };
}
