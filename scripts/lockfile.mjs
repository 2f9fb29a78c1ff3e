/** The lock file: each package by its version and the SHA-512 of what npm's registry gave, and from nowhere else. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './run.mjs';

const registry = 'https://registry.npmjs.org/';

/**
 * One sentence for each package that could be another one tomorrow.
 *
 * @param lock package-lock.json of version 2 or 3, whose entries have no `resolved` where npm was told to leave out the registry's
 * addresses (`omit-lockfile-registry-resolved`): then it is the registry that npm is set to, and the hash decides.
 */
export function lockfileProblems({ packages = {} }) {
  const entries = Object.entries(packages).filter(([path]) => path !== '');
  if (entries.length === 0) return ['package-lock.json has no packages: make it anew with npm 7 or newer'];
  return entries.flatMap(([path, { link, integrity = '', resolved = registry }]) => {
    const name = path.replace(/^.*node_modules\//, '');
    if (link) return [`${name} is a link to a folder, and no package of the registry`];
    if (!resolved.startsWith(registry)) return [`${name} comes from ${resolved}, and not from npm's registry`];
    return /^sha512-[\w+/]{86}==$/.test(integrity) ? [] : [`${name} has no SHA-512 in package-lock.json`];
  });
}

/** The check of that name. */
export async function checkLockfile() {
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
  const details = lockfileProblems(lock);
  const note = `${Object.keys(lock.packages ?? {}).length - 1} packages`;
  return details.length > 0 ? { result: 'failed', details } : { result: 'passed', note };
}
