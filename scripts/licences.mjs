/** The licences of everything that is installed for production, against the list in allowed-licences.json. */
import { readFileSync } from 'node:fs';
import { installed, run } from './run.mjs';

const { allowed, checkedByHand } = JSON.parse(readFileSync(new URL('allowed-licences.json', import.meta.url), 'utf8'));

/** Whether an SPDX expression can be met with allowed licences: one side of an OR will do, an AND needs all. */
export function isAllowed(expression, names = allowed) {
  const text = expression.trim().replace(/^\((.*)\)$/, '$1');
  if (text.includes(' OR ')) return text.split(' OR ').some((part) => isAllowed(part, names));
  return text.split(' AND ').every((part) => names.includes(part.trim()));
}

/**
 * One sentence for each package whose licence is not allowed.
 *
 * @param packages what license-checker-rseidelsohn says: `name@version` → `{ licenses }`.
 */
export function licenceProblems(packages, { exceptions = checkedByHand, names = allowed } = {}) {
  return Object.entries(packages).flatMap(([id, { licenses }]) => {
    const expression = [licenses].flat().join(' AND ');
    if (id.slice(0, id.lastIndexOf('@')) in exceptions || isAllowed(expression, names)) return [];
    return [`${id} has the licence ${expression}, which is not in scripts/allowed-licences.json`];
  });
}

/** The check of that name. */
export async function checkLicences() {
  const args = ['--production', '--excludePrivatePackages', '--json'];
  const { code, stdout, stderr } = await run(installed('license-checker-rseidelsohn'), args);
  if (code !== 0) return { result: 'failed', details: [stderr] };
  const packages = JSON.parse(stdout);
  const details = licenceProblems(packages);
  return details.length > 0
    ? { result: 'failed', details }
    : { result: 'passed', note: `${Object.keys(packages).length} packages` };
}
