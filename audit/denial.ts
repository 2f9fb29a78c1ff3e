/** A denial, as it was found in a log of Kafka's or PostgreSQL's, or as the page answered. */
import { type AuditEntry, auditText } from '../model/audit.js';

export interface Denial {
  /** Whose log it is, or the page. */
  readonly source: 'kafka' | 'postgres' | 'page';
  /** What was denied: reading or writing something, a login, or a request to the page. */
  readonly action: 'access' | 'login' | 'page';
  /** Who, as the server knows them; empty where it does not. */
  readonly principal: string;
  /** From which address. */
  readonly host: string;
  /** What it was about, such as `topic raw_order`; empty for a login. */
  readonly subject: string;
  /** What was tried, and which rule was against it. */
  readonly details: Readonly<Record<string, string>>;
  /** By the server's clock, in ms since the epoch. */
  readonly at: number;
}

/** The event of a denial that came `count` times from `firstAt` to `lastAt` (ms since the epoch). */
export const entryOf = (
  { source, action, principal, host, subject, details }: Omit<Denial, 'at'>,
  { count, firstAt, lastAt }: { readonly count: number; readonly firstAt: number; readonly lastAt: number },
): AuditEntry => ({
  principal,
  host,
  person: '',
  action,
  subjects: subject === '' ? [] : [subject],
  outcome: 'denied',
  details: {
    source,
    ...details,
    count,
    first: new Date(firstAt).toISOString(),
    ...(count > 1 && { last: new Date(lastAt).toISOString() }),
  },
});

/** The denial with texts that can be written down: logs hold names that anybody may have chosen. */
export const writable = (denial: Denial): Denial => ({
  ...denial,
  principal: auditText(denial.principal),
  host: auditText(denial.host),
  subject: auditText(denial.subject),
  details: Object.fromEntries(Object.entries(denial.details).map(([name, text]) => [name, auditText(text)])),
});
