/** What the audit trail says: who did what to what, and how it ended. docs/operations.md has what it is for. */

/** How it ended. `begun`: a change outside of PostgreSQL, before it; another event says how that ended, unless the command died in between. */
export const auditOutcomes = ['begun', 'done', 'failed', 'denied'] as const;
export type AuditOutcome = (typeof auditOutcomes)[number];

/** THE list of commands that change something, by the words that they are called with. Each of them leaves events. */
export const auditedCommands = [
  'demo',
  'acls apply',
  'acls passwords',
  'topics apply',
  'topics grow',
  'topics adopt',
  'schema migrate',
  'schema roles apply',
  'schema rotate-password',
  'reference load',
  'retention run',
  'submit',
  'stop',
  'savepoint',
  'restart',
  'cancel-order',
  'erase-customer',
  'customer-keys rewrap',
  'parked retry',
  'parked give-up',
  'dead-letters replay',
  'backfill',
  'archive',
  'druid apply',
  'druid reset',
  'druid fill',
  'audit publish',
] as const;

/** What else leaves events: reading and writing that was refused, logins that were, and what happens to the trail itself. */
export const otherActions = ['access', 'login', 'page', 'audit forget', 'audit collect'] as const;

export const auditActions = [...auditedCommands, ...otherActions] as const;
export type AuditAction = (typeof auditActions)[number];

/** Who does something, as far as the client can say it; PostgreSQL adds its role and address. */
export interface AuditActor {
  /** The account on the machine; of a denial, who was denied. */
  readonly principal: string;
  /** The machine, or the address that was denied. */
  readonly host: string;
  /** A person's name, where the account is not theirs alone (ORDERFLOW_OPERATOR); else empty. */
  readonly person: string;
}

/** An event that is to be written down. Holds no secret and no personal data. */
export interface AuditEntry extends AuditActor {
  readonly action: AuditAction;
  /** What it was done to: an order, a stage, a topic. The first of them; `subjectsOf` says how many more there were. */
  readonly subjects: readonly string[];
  readonly outcome: AuditOutcome;
  /** JSON. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** An event as it was written down. */
export interface AuditEvent extends Omit<AuditEntry, 'action' | 'details'> {
  /** 1, 2, 3…, without a gap. */
  readonly seq: number;
  /** By the metastore's clock, in microseconds since the epoch. */
  readonly atMicros: number;
  /** Who was logged in at PostgreSQL. */
  readonly role: string;
  /** Where from, as PostgreSQL sees it. */
  readonly address: string;
  /** One of `auditActions`, or of another version's. */
  readonly action: string;
  /** JSON, to the letter: the hash is of it. */
  readonly details: string;
  readonly previousHash: Uint8Array;
  readonly hash: Uint8Array;
}

/** What an event may hold. The table takes no more (metastore/migrations/0013_audit.sql). */
export const auditLimits = { name: 300, subjects: 20, subject: 300, details: 4_000 } as const;

/** A text from outside, cut to what an event takes. PostgreSQL takes no NUL, and UTF-8 no half of a pair. */
export function auditText(text: string, most: number = auditLimits.name): string {
  const whole = text.replaceAll('\0', '');
  return Buffer.from(whole.length > most ? `${whole.slice(0, most - 1)}…` : whole).toString();
}

/** The entry within the limits: further subjects are counted, in `details.moreSubjects`, and details that are too long are left out. */
export function bounded(entry: AuditEntry): AuditEntry {
  const more = entry.subjects.length - auditLimits.subjects;
  const details = more > 0 ? { ...entry.details, moreSubjects: more } : entry.details;
  const bytes = Buffer.byteLength(JSON.stringify(details));
  return {
    ...entry,
    principal: auditText(entry.principal),
    host: auditText(entry.host),
    person: auditText(entry.person),
    subjects: entry.subjects.slice(0, auditLimits.subjects).map((subject) => auditText(subject, auditLimits.subject)),
    details: bytes > auditLimits.details ? { tooLong: bytes, ...(more > 0 && { moreSubjects: more }) } : details,
  };
}
