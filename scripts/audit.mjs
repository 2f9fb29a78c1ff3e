/** `npm audit` of what is installed for production; the advisories that we accept stand in accepted-advisories.json. */
import { readFileSync } from 'node:fs';
import { run } from './run.mjs';

const acceptedAdvisories = JSON.parse(readFileSync(new URL('accepted-advisories.json', import.meta.url), 'utf8'));

/**
 * One sentence for each advisory that is not accepted, whatever its severity.
 *
 * @param report what `npm audit --json` prints (auditReportVersion 2).
 */
export function auditProblems({ vulnerabilities }, accepted = acceptedAdvisories) {
  const ids = new Set(accepted.flatMap((entry) => entry.ids.map((id) => `${entry.package} ${id}`)));
  // A `via` that is a text names another vulnerable package, which has an entry of its own.
  const advisories = Object.values(vulnerabilities).flatMap(({ via }) =>
    via.filter((each) => typeof each === 'object'),
  );
  const sentences = advisories.flatMap(({ name, url, severity, title, range }) => {
    const id = url.slice(url.lastIndexOf('/') + 1);
    return ids.has(`${name} ${id}`) ? [] : [`${name} ${range}: ${severity}, ${title} (${url})`];
  });
  return [...new Set(sentences)];
}

/** What `npm audit --json` printed, as a check's outcome; not every registry answers it. */
export function outcomeOf(stdout, stderr) {
  let report;
  try {
    report = JSON.parse(stdout);
  } catch {
    report = {};
  }
  if (!report.vulnerabilities) {
    const why = report.message ?? (stderr.trim().split('\n').at(-1) || 'no answer');
    return { result: 'skipped', note: `audit: not available at this registry (${why})` };
  }
  const details = auditProblems(report);
  return details.length > 0 ? { result: 'failed', details } : { result: 'passed' };
}

/** The check of that name. */
export async function checkAudit() {
  const { stdout, stderr } = await run('npm', ['audit', '--omit=dev', '--json']);
  return outcomeOf(stdout, stderr);
}
