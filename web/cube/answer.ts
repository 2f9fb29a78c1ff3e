/** The answer to a state: asks Druid and the metastore, and puts what they say into one table. */
import type { CubeAnswer } from '../shared/answers.js';
import type { CubeState } from '../shared/state.js';
import { druidTable } from './druid-table.js';
import { metastoreTable } from './metastore-table.js';
import { type Parts, problemOf } from './parts.js';
import { rangeOf } from './question.js';
import { emptyTable, merged } from './table.js';

/** Never rejects because a part does not answer: `problems` says so, and the rest is there. */
export async function answerCube(parts: Parts, state: CubeState, now = Date.now()): Promise<CubeAnswer> {
  const problems: string[] = [];
  const orNothing = (error: unknown) => {
    problems.push(problemOf(error));
    return emptyTable;
  };
  const tables = await Promise.all([
    druidTable(parts, state, now).catch(orNothing),
    metastoreTable(parts, state, now).catch(orNothing),
  ]);
  return { state, range: rangeOf(state, now), ...merged(state, tables), problems, answeredAt: now };
}
