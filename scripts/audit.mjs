/**
 * `npm run audit`: known vulnerabilities of what runs in production. npm's registry answers for npm's packages, OSV-Scanner for
 * these and the jars, from the bills of materials. Neither is always there: the registry may be a mirror without advisories, and
 * OSV-Scanner has to be installed. The advisories that we accept stand in accepted-advisories.json.
 *
 * Exit status 0: asked, and nothing found; 1: something found; 2: some of it could be asked of nobody. Arguments are handed to
 * OSV-Scanner: `npm run audit -- --offline` takes the database of $OSV_SCANNER_LOCAL_DB_CACHE_DIRECTORY.
 */
import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { run } from './run.mjs';
import { fileOf, makeSboms, sbomNames } from './sbom.mjs';

const acceptedAdvisories = JSON.parse(readFileSync(new URL('accepted-advisories.json', import.meta.url), 'utf8'));

/** Whether somebody has written down why an advisory, by one of its names, does no harm here. */
function isAccepted(name, ids, accepted) {
  return accepted.some((entry) => entry.package === name && entry.ids.some((id) => ids.includes(id)));
}

/** A text as JSON, and nothing if it is none. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const lastLine = (text) => text.trim().split('\n').at(-1) || 'no answer';

/**
 * What `npm audit --json` printed: `problems`, a sentence for each advisory that is not accepted, whatever its severity; or
 * `silent`, why there is no answer.
 */
export function npmAnswer(stdout, stderr, accepted = acceptedAdvisories) {
  const report = parsed(stdout);
  if (!report?.vulnerabilities) return { silent: report?.message ?? lastLine(stderr) };
  // A `via` that is a text names another vulnerable package, which has an entry of its own.
  const advisories = Object.values(report.vulnerabilities).flatMap(({ via }) =>
    via.filter((each) => typeof each === 'object'),
  );
  const problems = advisories.flatMap(({ name, url, severity, title, range }) =>
    isAccepted(name, [url.slice(url.lastIndexOf('/') + 1)], accepted)
      ? []
      : [`${name} ${range}: ${severity}, ${title} (${url})`],
  );
  return { problems: [...new Set(problems)] };
}

/**
 * The same of `osv-scanner scan source --format json`, whose exit status is 0 or 1 when it could answer
 * (google.github.io/osv-scanner/output, "Return Codes").
 */
export function osvAnswer({ code, stdout, stderr }, accepted = acceptedAdvisories) {
  const report = parsed(stdout);
  if (!report || ![0, 1].includes(code)) return { silent: lastLine(stderr) };
  const problems = (report.results ?? []).flatMap(({ packages }) =>
    packages.flatMap(({ package: { name, version }, groups, vulnerabilities }) =>
      groups.flatMap(({ ids, aliases, max_severity: severity }) => {
        if (isAccepted(name, [...ids, ...aliases], accepted)) return [];
        const { summary = 'no summary' } = vulnerabilities.find(({ id }) => ids.includes(id)) ?? {};
        return [`${name} ${version}: ${severity || 'no score'}, ${summary} (https://osv.dev/${ids[0]})`];
      }),
    ),
  );
  return { problems: [...new Set(problems)] };
}

/** When the databases were brought that OSV-Scanner says it has read; today, where it asked OSV's service. */
async function dateOf(stderr) {
  const files = [...stderr.matchAll(/^Loaded .* local db from (.*)$/gm)].map(([, file]) => file);
  const times = await Promise.all(files.map(async (file) => (await stat(file)).mtime));
  const oldest = times.length > 0 ? new Date(Math.min(...times)) : new Date();
  return oldest.toISOString().slice(0, 10);
}

/** What both answers come to, as a check's outcome: skipped only where somebody's packages were asked of nobody. */
export function outcomeOf(npm, osv) {
  const details = [...new Set([...(npm.problems ?? []), ...(osv.problems ?? [])])];
  const silent = Object.entries({ npm: npm.silent, 'osv-scanner': osv.silent }).filter(([, why]) => why !== undefined);
  const note = silent.map(([name, why]) => `${name} did not answer: ${why}`).join('; ');
  if (details.length > 0) return { result: 'failed', details, ...(note && { note }) };
  const asked = `npm's packages and jars, OSV's advisories of ${osv.date}`;
  if (!osv.silent) return { result: 'passed', note: [asked, note].filter(Boolean).join('; ') };
  return { result: 'skipped', note: `NOT AUDITED: ${npm.silent ? 'neither npm nor jars' : 'jars'}; ${note}` };
}

/** The check of that name; rejects where the bills of materials cannot be made. */
export async function checkAudit(osvArguments = []) {
  const { stdout, stderr } = await run('npm', ['audit', '--omit=dev', '--json']);
  const { code } = await run('osv-scanner', ['--version']);
  if (code !== 0) return outcomeOf(npmAnswer(stdout, stderr), { silent: 'it is not installed' });
  await makeSboms();
  const files = sbomNames.flatMap((name) => ['-L', fileOf(name)]);
  const scan = await run('osv-scanner', ['scan', 'source', '--format', 'json', ...osvArguments, ...files]);
  return outcomeOf(npmAnswer(stdout, stderr), { ...osvAnswer(scan), date: await dateOf(scan.stderr) });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const failed = (error) => ({ result: 'failed', details: [error.message] });
  const { result, note, details = [] } = await checkAudit(process.argv.slice(2)).catch(failed);
  for (const sentence of details) console.log(`  ${sentence}`);
  console.log(`audit: ${result}${note ? ` (${note})` : ''}`);
  process.exitCode = { passed: 0, failed: 1, skipped: 2 }[result];
}
