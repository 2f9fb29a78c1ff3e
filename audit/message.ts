/** An event of the audit trail as the topic `audit` holds it. */
import type { AuditEvent, AuditOutcome } from '../model/audit.js';
import { auditEventCodec, toMillis, v1 } from '../proto/messages.js';

const outcomeOf = (outcome: AuditOutcome) => v1.AuditOutcome[outcome.toUpperCase() as Uppercase<AuditOutcome>];

/** The bytes of the message. Fields that are the same in both are named the same. */
export function encodeAuditEvent({ atMicros, outcome, ...event }: AuditEvent): Uint8Array {
  const seconds = Math.floor(atMicros / 1e6);
  const at = { seconds, nanos: (atMicros - seconds * 1e6) * 1000 };
  return auditEventCodec.encode(v1.AuditEvent.create({ ...event, at, outcome: outcomeOf(outcome) } as never));
}

/** The event that the bytes hold. Throws an Error where they are no such message; what they say may be anything. */
export function decodeAuditEvent(bytes: Uint8Array): AuditEvent {
  // Fields that have their default stand on the message's prototype: they are named one by one.
  const message = auditEventCodec.decode(bytes);
  const { seq, at, role, address, principal, host, person, action, subjects, outcome, details } = message;
  const { previousHash, hash } = message;
  return {
    ...{ seq, role, address, principal, host, person, action, subjects, details, previousHash, hash },
    atMicros: (at?.seconds ?? 0) * 1e6 + Math.round((at?.nanos ?? 0) / 1000),
    outcome: (v1.AuditOutcome[outcome] ?? '').toLowerCase() as AuditOutcome,
  };
}

/** The event's time in milliseconds since the epoch. */
export const millisOf = ({ atMicros }: Pick<AuditEvent, 'atMicros'>): number =>
  toMillis({ seconds: Math.floor(atMicros / 1e6), nanos: (atMicros % 1e6) * 1000 });
