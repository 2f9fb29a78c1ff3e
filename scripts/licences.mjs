/** The licences of everything that runs in production, npm's packages and the jars, against the list in allowed-licences.json. */
import { readFileSync } from 'node:fs';
import { makeSboms } from './sbom.mjs';

const own = JSON.parse(readFileSync(new URL('allowed-licences.json', import.meta.url), 'utf8'));

/** Whether an SPDX expression can be met with allowed licences: one side of an OR will do, an AND needs all. */
export function isAllowed(expression, names) {
  const text = expression.trim().replace(/^\((.*)\)$/, '$1');
  if (text.includes(' OR ')) return text.split(' OR ').some((part) => isAllowed(part, names));
  return text.split(' AND ').every((part) => names.includes(part.trim()));
}

/** A package URL without its version and what follows: `pkg:maven/org.tukaani/xz`. */
const withoutVersion = (purl) => decodeURIComponent(purl.split('?')[0].replace(/@[^@/]*$/, ''));

/**
 * One sentence for each component whose licence is not allowed.
 *
 * Of several licences that a pom names one may be chosen (Maven's POM reference, "Licenses"). A jar is used as it was published:
 * licences that ask for the source of changed files alone (`allowedUnchanged`) will do for it.
 *
 * @param components those of a CycloneDX document.
 */
export function licenceProblems(components, { allowed, allowedUnchanged, checkedByHand } = own) {
  return components.flatMap(({ purl, licenses = [] }) => {
    const names = purl.startsWith('pkg:maven/') ? [...allowed, ...allowedUnchanged] : allowed;
    const licences = licenses.map(({ expression, license }) => expression ?? license.id ?? license.name);
    if (withoutVersion(purl) in checkedByHand || licences.some((each) => isAllowed(each, names))) return [];
    const named = licences.join(' or ') || 'none';
    return [`${purl.split('?')[0]}: its licence (${named}) is not in scripts/allowed-licences.json`];
  });
}

/** What is checked by hand and not there any more: one sentence for each. */
export function unusedExceptions(components, { checkedByHand } = own) {
  const used = new Set(components.map(({ purl }) => withoutVersion(purl)));
  const unused = Object.keys(checkedByHand).filter((purl) => !used.has(purl));
  return unused.map((purl) => `${purl} is in scripts/allowed-licences.json, and nothing uses it`);
}

/** The check of that name; rejects where the bills of materials cannot be made. */
export async function checkLicences() {
  const sboms = await makeSboms();
  // Our own modules are parts of the aggregate.
  const components = Object.values(sboms)
    .flatMap((bom) => bom.components)
    .filter(({ group }) => group !== 'orderflow');
  const details = [...new Set([...licenceProblems(components), ...unusedExceptions(components)])];
  if (details.length > 0) return { result: 'failed', details };
  const counts = Object.entries(sboms).map(([name, bom]) => `${name} ${bom.components.length}`);
  return { result: 'passed', note: `components: ${counts.join(', ')}` };
}
