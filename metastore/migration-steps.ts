/**
 * Reads migrations: files of SQL, each a transaction, or made of steps where the first line begins with `-- In steps`.
 *
 * A step is a paragraph: what stands between empty lines is a transaction of its own, so that no lock is held for longer than its statements
 * take, and that CREATE INDEX CONCURRENTLY, alone in its paragraph, can run at all. A query that ends in \gexec makes statements, as in psql: each
 * value of its answer is run by itself. A migration that was cut off is run again from its first step, so each step has to find what it did.
 */
import { readFile } from 'node:fs/promises';
import type { MigrationBuilder } from 'node-pg-migrate';
import { briefly, lockWaitMs } from './schema-lock.js';

type Db = Pick<MigrationBuilder['db'], 'query' | 'select'>;

/** The migrations in these files, for node-pg-migrate. */
export async function loadMigrations(files: readonly string[]) {
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(file, 'utf8');
      const up = text.startsWith('-- In steps') ? inSteps(text) : (pgm: MigrationBuilder) => inTransaction(pgm, text);
      return { id: file, filePaths: [file], actions: { up, down: false as const } };
    }),
  );
}

function inTransaction(pgm: MigrationBuilder, text: string): void {
  pgm.sql(`SET LOCAL lock_timeout = ${lockWaitMs}`);
  pgm.sql(text);
}

const inSteps = (text: string) => async (pgm: MigrationBuilder) => {
  pgm.noTransaction();
  await dropUnfinishedIndexes(pgm.db);
  for (const step of stepsOf(text)) await runStep(pgm.db, step);
};

/** The paragraphs, without comments. */
export function stepsOf(text: string): string[] {
  return text
    .split(/\n(?:[ \t]*\n)+/)
    .map((paragraph) => paragraph.replaceAll(/^\s*--.*$\n?/gm, '').trim())
    .filter((step) => step !== '');
}

async function runStep(db: Db, step: string): Promise<void> {
  const [, query] = /^(.*)\\gexec$/s.exec(step) ?? [];
  const statements =
    query === undefined ? [step] : (await db.select(query)).flatMap((row) => Object.values(row as object));
  for (const statement of statements as string[]) await runStatement(db, statement);
}

/** What runs concurrently may wait, and is no part of a transaction: the lock that it waits for stops neither readers nor writers. */
async function runStatement(db: Db, statement: string): Promise<void> {
  await db.query(/\bCONCURRENTLY\b/.test(statement) ? statement : briefly(statement));
}

/** CREATE INDEX CONCURRENTLY that was cut off leaves an index that is INVALID: it slows down writers, and has the name that is wanted. */
async function dropUnfinishedIndexes(db: Db): Promise<void> {
  const rows = await db.select(
    `SELECT i.indexrelid::regclass::text AS name
     FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     WHERE NOT i.indisvalid AND c.relkind = 'i' AND c.relnamespace = current_schema()::regnamespace
       AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)`,
  );
  for (const { name } of rows as { name: string }[]) await runStatement(db, `DROP INDEX CONCURRENTLY ${name}`);
}
