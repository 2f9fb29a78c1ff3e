/** All tests, and how many of them passed. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installed, run } from './run.mjs';

/**
 * The counts in vitest's JSON report. A file that failed before its tests ran counts as one that failed.
 *
 * @param report what vitest's reporter `json` writes.
 */
export function countTests({ numPassedTests, numFailedTests, testResults }) {
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  return { passed: numPassedTests, failed: numFailedTests + broken.length };
}

/** The check of that name; vitest's own report goes to the terminal. */
export async function checkTests() {
  const folder = mkdtempSync(join(tmpdir(), 'orderflow-tests-'));
  const file = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const { code } = await run(installed('vitest'), ['run', ...reporters], { show: true });
    const tests = existsSync(file) ? countTests(JSON.parse(readFileSync(file, 'utf8'))) : { passed: 0, failed: 0 };
    return { result: code === 0 ? 'passed' : 'failed', tests };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
