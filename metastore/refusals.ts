/** What PostgreSQL, or a pooler before it, says when it does not do what we ask: THE table of these answers. */
import { codeOf } from '../errors.js';

export interface Refusal {
  /** Of the OperatorError. METASTORE_UNREACHABLE and METASTORE_READ_ONLY may pass by themselves: asking again is of use. */
  readonly code:
    | 'METASTORE_REFUSED'
    | 'METASTORE_UNTRUSTED'
    | 'METASTORE_NOT_MIGRATED'
    | 'METASTORE_READ_ONLY'
    | 'METASTORE_UNREACHABLE';
  /** What it says, as the end of a sentence: what is wrong, and what to do. */
  readonly problem: string;
}

interface Row extends Refusal {
  /** SQLSTATEs (https://www.postgresql.org/docs/18/errcodes-appendix.html), and what Node.js and OpenSSL call what is wrong with a certificate. */
  readonly answers: string;
}

const url = 'ORDERFLOW_POSTGRES_URL';
const account = `${url}, or the file that ORDERFLOW_POSTGRES_PASSWORD_FILE names`;

export const refusals: readonly Row[] = [
  {
    answers: '28000',
    code: 'METASTORE_REFUSED',
    problem: `refuses this user, from here or without TLS; check ${url} and ORDERFLOW_POSTGRES_CA_FILE, or its pg_hba.conf`,
  },
  {
    answers: '28P01',
    code: 'METASTORE_REFUSED',
    problem: `refuses this user or password; check ${account}`,
  },
  {
    answers: '3D000',
    code: 'METASTORE_REFUSED',
    problem: `has no such database; create it, or check ${url}`,
  },
  {
    answers: '42501',
    code: 'METASTORE_REFUSED',
    problem: 'does not let this user do that; run `orderflow schema roles apply`, or make it the owner of the tables',
  },
  {
    answers: 'CERT_HAS_EXPIRED, CERT_NOT_YET_VALID',
    code: 'METASTORE_UNTRUSTED',
    problem: 'shows a certificate that is not valid now; renew it on the server, or set the clock right',
  },
  {
    answers:
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE, UNABLE_TO_GET_ISSUER_CERT_LOCALLY, UNABLE_TO_GET_ISSUER_CERT, SELF_SIGNED_CERT_IN_CHAIN, DEPTH_ZERO_SELF_SIGNED_CERT, CERT_SIGNATURE_FAILURE',
    code: 'METASTORE_UNTRUSTED',
    problem: 'shows a certificate of an authority that we do not know; put that into ORDERFLOW_POSTGRES_CA_FILE',
  },
  {
    answers: 'NO_TLS',
    code: 'METASTORE_UNTRUSTED',
    problem: 'offers no TLS, and we go on with nothing less; switch it on there (ssl = on)',
  },
  {
    answers: 'ERR_TLS_CERT_ALTNAME_INVALID',
    code: 'METASTORE_UNTRUSTED',
    problem: `shows a certificate of another host; let ${url} name the host as its certificate does`,
  },
  {
    answers:
      'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA, ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED, ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN, ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE, ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
    code: 'METASTORE_REFUSED',
    problem: 'refuses our certificate; renew what ORDERFLOW_POSTGRES_CERT_FILE and ORDERFLOW_POSTGRES_KEY_FILE name',
  },
  {
    answers: 'SECRET_UNREADABLE',
    code: 'METASTORE_REFUSED',
    problem:
      'cannot be asked, since a file with a password or certificate cannot be read; see the ORDERFLOW_POSTGRES_…_FILE settings',
  },
  {
    answers: '42P01',
    code: 'METASTORE_NOT_MIGRATED',
    problem: 'lacks the tables of Orderflow; run `orderflow schema migrate`',
  },
  {
    answers: '42703, 42883',
    code: 'METASTORE_NOT_MIGRATED',
    problem: 'has the tables of another version; run `orderflow schema migrate`, and `orderflow restart all`',
  },
  {
    answers: '25006',
    code: 'METASTORE_READ_ONLY',
    problem: `takes no changes, as a standby does, or a primary after a failover; wait, or let ${url} name the primary`,
  },
  {
    answers: '25P03, 25P04, 57P05',
    code: 'METASTORE_UNREACHABLE',
    problem: 'has ended a session that was idle for too long (its own time-outs for idle sessions); try again',
  },
  {
    answers: '53300',
    code: 'METASTORE_UNREACHABLE',
    problem: 'has no connection left; try again, or raise its max_connections',
  },
  {
    answers: '57P01, 57P02',
    code: 'METASTORE_UNREACHABLE',
    problem: 'is shutting down; try again when it is back',
  },
  {
    answers: '0A000',
    code: 'METASTORE_REFUSED',
    problem: `does not take what Orderflow asks for; have ${url} lead to PostgreSQL itself, or to PgBouncer`,
  },
  {
    answers: '08P01, 08000, 08001, 08003, 08004, 08006',
    code: 'METASTORE_UNREACHABLE',
    problem: 'has broken off the connection, or a pooler does not reach it; see its log, and try again',
  },
  {
    answers: '57P03',
    code: 'METASTORE_UNREACHABLE',
    problem: 'is starting up or shutting down; try again in a moment',
  },
];

/** What node-postgres says without a code. */
const clientWords: readonly (readonly [words: RegExp, answer: string])[] = [
  [/^The server does not support SSL connections/, 'NO_TLS'],
  [/^SASL: (SCRAM-SERVER-FIRST-MESSAGE: client password must be|.*server signature)/, '28P01'],
];

/** PgBouncer's words for what PostgreSQL has codes for: it says 08P01 of nearly everything, and newer ones not of all. */
const poolerWords: readonly (readonly [words: RegExp, answer: string])[] = [
  [/^(password authentication failed|no such user|auth failed|.*authentication failed)/i, '28P01'],
  [/^no such database/i, '3D000'],
  [/^no more connections allowed|^too many connections/i, '53300'],
  [/shutting down/i, '57P01'],
  [/^unsupported startup parameter/i, '0A000'],
];

/** Whether a server, or a pooler before it, takes no connection with our parameters: PgBouncer's, RDS Proxy's and PostgreSQL's own codes. */
export function isRefusedParameter(error: unknown): boolean {
  const { message = '' } = (error ?? {}) as { message?: string };
  const isOne = ['08P01', '0A000', '42501', '42704', '22023'].includes(codeOf(error) ?? '');
  return isOne && /parameter|option/i.test(message) && answerOf(error) !== '28P01';
}

/** The SQLSTATE that an error stands for; undefined where it has none. */
function answerOf(error: unknown): string | undefined {
  const code = codeOf(error);
  if (code !== '08P01' && code !== undefined) return code;
  const { message = '' } = (error ?? {}) as { message?: string };
  const said = code === undefined ? clientWords : poolerWords;
  return said.find(([words]) => words.test(message))?.[1] ?? code;
}

/** What an error of the connection or of a statement says; undefined where the table has nothing of it. */
export function refusalOf(error: unknown): Refusal | undefined {
  const answer = answerOf(error);
  return refusals.find(({ answers }) => answer !== undefined && answers.split(', ').includes(answer));
}

/**
 * The same of what a worker says when the metastore fails (transforms/step/transient-error.ts), somewhere in a longer text; undefined where it says
 * nothing of it, and where what it says passes by itself.
 */
export function refusalIn(text: string): Refusal | undefined {
  const [, code] = /the metastore [^\n]+? \(([A-Z0-9_]+)\)/.exec(text) ?? [];
  const found = code === undefined ? undefined : refusalOf({ code });
  return found?.code === 'METASTORE_UNREACHABLE' ? undefined : found;
}
