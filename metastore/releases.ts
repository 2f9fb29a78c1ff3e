/** The releases of dead letters: who sent which one back, when, why, and whether it was sent. Lines are only added. */
import type pg from 'pg';
import type { RunStatement } from './connection.js';
import { alone } from './lock.js';
import type { ClaimedRelease } from '../model/release.js';

/** One release of a dead letter. Times are milliseconds since the epoch. */
export interface ReleaseLine {
  /** The dead letter's name, see model/release.ts. */
  readonly letter: string;
  readonly number: number;
  readonly claimedAt: number;
  /** Null while it is sent, and for ever if the command that claimed it died then and nobody replays it again. */
  readonly sentAt: number | null;
  readonly by: string;
  readonly why: string;
}

const linesQuery = `
SELECT
  c.letter, c.number, c.recorded_by AS by, c.why,
  round(extract(epoch FROM c.recorded_at) * 1000)::float8 AS "claimedAt",
  round(extract(epoch FROM s.recorded_at) * 1000)::float8 AS "sentAt"
FROM releases c
LEFT JOIN releases s ON s.letter = c.letter AND s.number = c.number AND s.event = 'SENT'
WHERE c.event = 'CLAIMED' AND`;

/** The releases of these dead letters, or those of an order, by letter and number. */
export async function readReleases(
  client: pg.Pool | pg.PoolClient,
  of: { readonly letters: readonly string[] } | { readonly orderId: string },
): Promise<ReleaseLine[]> {
  const { rows } =
    'letters' in of
      ? await client.query<ReleaseLine>(`${linesQuery} c.letter = ANY ($1::text[]) ORDER BY c.letter, c.number`, [
          of.letters,
        ])
      : await client.query<ReleaseLine>(
          `${linesQuery} c.order_id = $1 AND c.order_id <> '' ORDER BY c.recorded_at, c.letter, c.number`,
          [of.orderId],
        );
  return rows;
}

export interface ReleaseName {
  readonly letter: string;
  readonly number: number;
}

export interface ReleaseClaim extends ReleaseName {
  /** contentOf the record's value. */
  readonly content: Uint8Array;
  /** Empty where it is not known. */
  readonly orderId: string;
}

const claimStatement = `
WITH asked AS MATERIALIZED (
  SELECT *
  FROM unnest($1::text[], $2::smallint[], $3::text[], $4::bytea[]) WITH ORDINALITY AS a(letter, number, order_id, content, n)
), claimed AS (
  INSERT INTO releases (letter, number, event, order_id, content, recorded_by, why)
  SELECT letter, number, 'CLAIMED', order_id, content, $5, $6 FROM asked ORDER BY letter, number
  ON CONFLICT DO NOTHING
  RETURNING letter, number
)
SELECT
  CASE
    WHEN c.letter IS NOT NULL THEN 'CLAIMED'
    WHEN EXISTS (
      SELECT FROM releases r WHERE r.letter = a.letter AND r.number = a.number AND r.event = 'SENT'
    ) THEN 'SENT'
    ELSE 'UNSENT'
  END AS claim
FROM asked a
LEFT JOIN claimed c USING (letter, number)
ORDER BY a.n`;

/**
 * Claims releases before they are sent, in the order given. CLAIMED: by this call. UNSENT: by one before, and nothing says
 * that it was sent. SENT: it was. To be called by one process at a time, see `aloneWithReleases`.
 */
export async function claimReleases(
  client: pg.PoolClient,
  claims: readonly ReleaseClaim[],
  { by, why }: { readonly by: string; readonly why: string },
): Promise<('CLAIMED' | 'UNSENT' | 'SENT')[]> {
  const { rows } = await client.query<{ claim: 'CLAIMED' | 'UNSENT' | 'SENT' }>(claimStatement, [
    claims.map(({ letter }) => letter),
    claims.map(({ number }) => number),
    claims.map(({ orderId }) => orderId),
    claims.map(({ content }) => content),
    by,
    why,
  ]);
  return rows.map(({ claim }) => claim);
}

/** Marks claimed releases as sent, after Kafka has confirmed them. May be called again. */
export async function markReleasesSent(client: pg.PoolClient, releases: readonly ReleaseName[]): Promise<void> {
  await client.query(
    `INSERT INTO releases (letter, number, event, order_id, recorded_by, why)
     SELECT c.letter, c.number, 'SENT', c.order_id, c.recorded_by, c.why
     FROM unnest($1::text[], $2::smallint[]) AS sent(letter, number)
     JOIN releases c ON c.letter = sent.letter AND c.number = sent.number AND c.event = 'CLAIMED'
     ON CONFLICT DO NOTHING`,
    [releases.map(({ letter }) => letter), releases.map(({ number }) => number)],
  );
}

/** See Metastore. A release is known before it is sent, so that its record is not there first. */
export async function knowsReleases(run: RunStatement, releases: readonly ClaimedRelease[]): Promise<boolean[]> {
  if (releases.length === 0) return [];
  const rows = await run<{ isKnown: boolean }>(
    `SELECT EXISTS (
       SELECT FROM releases r
       WHERE r.letter = a.letter AND r.number = a.number AND r.event = 'CLAIMED'
         AND coalesce(r.content, a.content) = a.content -- one of before contents were kept takes any
     ) AS "isKnown"
     FROM unnest($1::text[], $2::smallint[], $3::bytea[]) WITH ORDINALITY AS a(letter, number, content, n)
     ORDER BY n`,
    [
      releases.map(({ letter }) => letter),
      releases.map(({ number }) => number),
      releases.map(({ content }) => content),
    ],
  );
  return rows.map(({ isKnown }) => isKnown);
}

/** Runs the work while no other process claims or sends releases; waits for one that does (`onWait` is told). See `alone`. */
export const aloneWithReleases = <T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
  onWait: () => void,
): Promise<T> => alone(pool, { name: 'orderflow releases', session: 'orderflow-release' }, work, onWait);
