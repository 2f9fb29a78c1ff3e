/** The saved queries: each a file of SQL whose first line says which question it answers. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../config.js';
import { OperatorError } from '../errors.js';

const folder = join(projectRoot, 'druid', 'queries');

export interface SavedQuery {
  readonly name: string;
  readonly question: string;
  readonly sql: string;
}

/** Their names, sorted. */
export const queryNames = async (): Promise<string[]> =>
  (await readdir(folder))
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.slice(0, -'.sql'.length))
    .sort();

/** A saved query. Fails with NO_SUCH_QUERY, which names those that there are. */
export async function readQuery(name: string): Promise<SavedQuery> {
  const names = await queryNames();
  if (!names.includes(name)) {
    const problem = `there is no saved query ${name}: choose one of ${names.join(', ')}`;
    throw new OperatorError('NO_SUCH_QUERY', problem, { exitCode: 2 });
  }
  const sql = await readFile(join(folder, `${name}.sql`), 'utf8');
  return { name, question: /^-- (.*)/.exec(sql)?.[1] ?? '', sql };
}
