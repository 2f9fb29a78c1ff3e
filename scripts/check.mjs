/**
 * `npm run check`: everything that CI runs, one check after another, each with its name and result. The last line counts the
 * checks, and the tests within the last of them: `N passed, N failed`. Exit status 1 when one failed.
 *
 * `node scripts/check.mjs NAME…` runs only these checks.
 */
import { checkAudit } from './audit.mjs';
import { checkGenerated } from './generated.mjs';
import { rooms } from './layers.mjs';
import { checkLicences } from './licences.mjs';
import { checkLockfile } from './lockfile.mjs';
import { installed, run } from './run.mjs';
import { checkTests } from './tests.mjs';

const program =
  (name, ...args) =>
  async () => {
    const { code, stdout, stderr } = await run(installed(name), args);
    return code === 0 ? { result: 'passed' } : { result: 'failed', details: [stdout, stderr] };
  };

/** Several programs as one check, which the first that fails ends. */
const programs =
  (...all) =>
  async () => {
    for (const each of all) {
      const outcome = await each();
      if (outcome.result !== 'passed') return outcome;
    }
    return { result: 'passed' };
  };

/** What a check answers: `result` passed, failed or skipped; `note` and `details` for people; `tests` counted within it. */
const checks = {
  format: program('prettier', '--check', '.'),
  lint: program('eslint', '.'),
  types: programs(...['.', 'web/page'].map((project) => program('tsc', '--noEmit', '-p', project))),
  layers: program('depcruise', '--config', 'scripts/dependency-cruiser.mjs', ...rooms),
  generated: checkGenerated,
  lockfile: checkLockfile,
  licences: checkLicences,
  audit: () => checkAudit(),
  tests: checkTests,
};

const chosen = process.argv.slice(2);
const unknown = chosen.find((name) => !(name in checks));
if (unknown) {
  console.error(`there is no check "${unknown}": the checks are ${Object.keys(checks).join(', ')}`);
  process.exit(2);
}
const total = { passed: 0, failed: 0 };
for (const [name, check] of Object.entries(checks)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  const failed = (error) => ({ result: 'failed', details: [error.message] });
  const { result, note, details = [], tests = { passed: 0, failed: 0 } } = await check().catch(failed);
  for (const text of details) if (text.trim() !== '') console.log(text.trimEnd().replace(/^/gm, '  '));
  console.log(`${name}: ${result}${note ? ` (${note})` : ''}`);
  total.passed += tests.passed + (result === 'passed' ? 1 : 0);
  total.failed += tests.failed + (result === 'failed' && tests.failed === 0 ? 1 : 0);
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 ? 1 : 0;
