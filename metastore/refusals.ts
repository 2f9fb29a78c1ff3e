/** What PostgreSQL, or a pooler before it, says when it does not do what we ask: THE table of these answers. */
import { codeOf } from '../errors.js';

export interface Refusal {
  /** Of the OperatorError. METASTORE_UNREACHABLE and METASTORE_READ_ONLY may pass by themselves: asking again is of use. */
  readonly code: 'METASTORE_REFUSED' | 'METASTORE_NOT_MIGRATED' | 'METASTORE_READ_ONLY' | 'METASTORE_UNREACHABLE';
  /** What it says, as the end of a sentence: what is wrong, and what to do. */
  readonly problem: string;
}

interface Row extends Refusal {
  /** SQLSTATEs (https://www.postgresql.org/docs/18/errcodes-appendix.html). */
  readonly answers: string;
}

const url = 'ORDERFLOW_POSTGRES_URL';

export const refusals: readonly Row[] = [
  { answers: '28000', code: 'METASTORE_REFUSED', problem: `refuses this user; check ${url}` },
  {
    answers: '28P01',
    code: 'METASTORE_REFUSED',
    problem: `refuses this user or password; check ${url}`,
  },
  {
    answers: '3D000',
    code: 'METASTORE_REFUSED',
    problem: `has no such database; create it, or check ${url}`,
  },
  {
    answers: '42501',
    code: 'METASTORE_REFUSED',
    problem: `does not let this user do that; make it the owner of the tables, or check ${url}`,
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
  if (code !== '08P01') return code;
  const { message = '' } = error as { message?: string };
  return poolerWords.find(([words]) => words.test(message))?.[1] ?? code;
}

/** What an error of the connection or of a statement says; undefined where the table has nothing of it. */
export function refusalOf(error: unknown): Refusal | undefined {
  const answer = answerOf(error);
  return refusals.find(({ answers }) => answer !== undefined && answers.split(', ').includes(answer));
}
