/** The hash chain of the audit trail: an event's hash is of all that it says, and of the hash of the event before it. */
import { createHash } from 'node:crypto';
import type { AuditEvent } from '../model/audit.js';

/** A text with its length in bytes before it, so that no two lists of texts are written the same way. */
const field = (value: string | number): string => `${Buffer.byteLength(String(value))}:${value}`;

/** The SHA-256 that the event should have, computed as the function audit_hash of the migration 0013 does. */
export function hashOf(event: Omit<AuditEvent, 'hash'>): Uint8Array {
  const { seq, atMicros, role, address, principal, host, person, action, subjects, outcome, details } = event;
  const parts = [seq, atMicros, role, address, principal, host, person, action, subjects.length, ...subjects];
  const text = [...parts, outcome, details].map(field).join('');
  return createHash('sha256').update(event.previousHash).update(text).digest();
}

export const isSameHash = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
export const hexOf = (hash: Uint8Array): string => Buffer.from(hash).toString('hex');

/** What is wrong with an event as the one that comes after another, in a few words; null where nothing is. */
export function breakAt(event: AuditEvent, before: Pick<AuditEvent, 'seq' | 'hash'>): string | null {
  if (event.seq > before.seq + 1) return `the events ${before.seq + 1} to ${event.seq - 1} before it are missing`;
  if (event.seq <= before.seq) return 'its number has come before';
  if (!isSameHash(event.previousHash, before.hash)) return 'it does not go on from the event before it';
  return isSameHash(event.hash, hashOf(event)) ? null : 'it was changed: its hash is not of what it says';
}
