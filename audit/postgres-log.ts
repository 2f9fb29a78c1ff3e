/**
 * Refusals in PostgreSQL's log in its JSON format (`log_destination = 'jsonlog'`, since PostgreSQL 15).
 * Source: https://www.postgresql.org/docs/18/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-JSONLOG
 */
import { z } from 'zod';
import type { Denial } from './denial.js';

/**
 * What is read of a line. The statement is not: it may hold an order's values. `ps` is what the server was at, by the command's name: `SELECT`, or
 * `BIND` where the statement had parameters.
 */
const entry = z.object({
  timestamp: z.string(),
  user: z.string().optional(),
  dbname: z.string().optional(),
  remote_host: z.string().optional(),
  error_severity: z.string().optional(),
  state_code: z.string().optional(),
  message: z.string().optional(),
  ps: z.string().optional(),
});

/** insufficient_privilege, invalid_password, invalid_authorization_specification: also where no line of pg_hba.conf lets one in. */
const actions: Readonly<Record<string, Denial['action']>> = { '42501': 'access', '28P01': 'login', '28000': 'login' };

/** Of `permission denied for table orders`, and `must be owner of table orders`. */
const denied = /^(?:permission denied (?:for|to)|must be (?:able|superuser|owner of|member of)) (.*)$/s;
/** `2026-11-26 04:00:00.123 UTC`; another zone's letters are not understood everywhere, and then the time of the reading counts. */
const timeOf = (text: string): number => {
  const at = Date.parse(text.replace(/^(\S+) (\S+) (?:UTC|GMT)$/, '$1T$2Z'));
  return Number.isNaN(at) ? Date.now() : at;
};

/** The refusal that a line of the log tells of; null for any other line. */
export function postgresDenial(text: string): Denial | null {
  const read = entry.safeParse(parsed(text));
  if (!read.success) return null;
  const { timestamp, user = '', dbname = '', remote_host = '', state_code = '', message = '', ps = '' } = read.data;
  const action = actions[state_code];
  if (!action) return null;
  const [, what] = denied.exec(message) ?? [];
  return {
    source: 'postgres',
    action,
    principal: user,
    host: remote_host,
    subject: action === 'login' ? '' : (what ?? ''),
    details: { database: dbname, code: state_code, message, ...(action === 'access' && { command: ps }) },
    at: timeOf(timestamp),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
