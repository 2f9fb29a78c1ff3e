/** What docs/cubes.md says of rights and roles is what the tables have. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../../config.js';
import { accessOf } from '../../web/access.js';
import { rightNames, rights, rightsOf, roleNames } from '../../web/shared/rights.js';

const rows = readFileSync(join(projectRoot, 'docs', 'cubes.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) => line.slice(1, -1).split('|').map((cell) => cell.trim())); // prettier-ignore

it('docs/cubes.md has the table of rights', () => {
  const start = rows.findIndex(([first]) => first === 'may see');
  expect(rows[start]).toEqual(['may see', ...roleNames]);
  expect(rows.slice(start + 2, start + 2 + rightNames.length)).toEqual(
    rightNames.map((right) => [
      rights[right],
      ...roleNames.map((role) => (rightsOf([role]).includes(right) ? 'yes' : '')),
    ]),
  );
});

it('a route that is not in the table of routes does not start', () => {
  expect(() => accessOf('/api/new')).toThrow('/api/new is not in the table of routes (web/access.ts)');
});
