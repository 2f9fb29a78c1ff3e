/** The checks of `npm run check` that decide something themselves, each with something that must fail it. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../config.js';

interface Outcome {
  readonly result: string;
  readonly note?: string;
  readonly details?: readonly string[];
}
interface Scripts {
  licenceProblems(packages: object, options?: object): string[];
  outcomeOf(stdout: string, stderr: string): Outcome;
  auditProblems(report: object, accepted?: object): string[];
  countTests(report: object): { passed: number; failed: number };
}
const script = async (name: string) => (await import(join(projectRoot, 'scripts', name))) as Scripts;
const { licenceProblems } = await script('licences.mjs');
const { auditProblems, outcomeOf } = await script('audit.mjs');
const { countTests } = await script('tests.mjs');

describe('licences', () => {
  it.each(['MIT', '(MIT OR GPL-3.0)', '(Apache-2.0 AND BSD-3-Clause)', ['MIT', 'ISC']])('allows %s', (licenses) => {
    expect(licenceProblems({ 'a@1.0.0': { licenses } })).toEqual([]);
  });

  it.each([
    ['GPL-3.0', 'GPL-3.0'],
    ['(MIT AND GPL-3.0)', '(MIT AND GPL-3.0)'],
    ['MIT*', 'MIT*'],
    [['MIT', 'AGPL-3.0'], 'MIT AND AGPL-3.0'],
  ])('refuses %s', (licenses, expression) => {
    expect(licenceProblems({ '@scope/a@1.0.0': { licenses }, 'b@2.0.0': { licenses: 'MIT' } })).toEqual([
      `@scope/a@1.0.0 has the licence ${expression}, which is not in scripts/allowed-licences.json`,
    ]);
  });

  it('passes what was checked by hand', () => {
    const packages = { 'a@1.0.0': { licenses: 'Custom' } };
    expect(licenceProblems(packages, { exceptions: { a: 'read' } })).toEqual([]);
    expect(licenceProblems(packages, { exceptions: { b: 'read' } })).toHaveLength(1);
  });
});

describe('audit', () => {
  const advisory = (name: string, id: string) => ({
    name,
    url: `https://github.com/advisories/${id}`,
    severity: 'high',
    title: 'breaks',
    range: '<2.0.0',
  });
  const report = {
    auditReportVersion: 2,
    vulnerabilities: {
      a: { name: 'a', via: [advisory('a', 'GHSA-1')] },
      b: { name: 'b', via: ['a', advisory('b', 'GHSA-2')] },
    },
  };

  it('passes a report of nothing', () => {
    expect(outcomeOf(JSON.stringify({ vulnerabilities: {} }), '')).toEqual({ result: 'passed' });
  });

  it('fails with each advisory that is not accepted', () => {
    expect(outcomeOf(JSON.stringify(report), '')).toEqual({
      result: 'failed',
      details: [
        'a <2.0.0: high, breaks (https://github.com/advisories/GHSA-1)',
        'b <2.0.0: high, breaks (https://github.com/advisories/GHSA-2)',
      ],
    });
  });

  it('accepts an advisory for the package it was accepted for', () => {
    const accepted = [{ package: 'a', ids: ['GHSA-1', 'GHSA-2'], reason: 'not reached' }];
    expect(auditProblems(report, accepted)).toEqual(['b <2.0.0: high, breaks (https://github.com/advisories/GHSA-2)']);
  });

  it('says so where the registry does not answer', () => {
    const answer = { message: '405 Method Not Allowed', statusCode: 405, error: { summary: '', detail: '' } };
    expect(outcomeOf(JSON.stringify(answer), 'npm error audit endpoint returned an error')).toEqual({
      result: 'skipped',
      note: 'audit: not available at this registry (405 Method Not Allowed)',
    });
    expect(outcomeOf('', 'npm error\nnpm error offline')).toEqual({
      result: 'skipped',
      note: 'audit: not available at this registry (npm error offline)',
    });
  });
});

describe('tests', () => {
  const failed = { status: 'failed' };
  it('counts tests, and files that failed before their tests ran', () => {
    const testResults = [
      { status: 'passed', assertionResults: [{ status: 'passed' }] },
      { status: 'failed', assertionResults: [failed, { status: 'passed' }] },
      { status: 'failed', assertionResults: [] },
    ];
    expect(countTests({ numPassedTests: 2, numFailedTests: 1, testResults })).toEqual({ passed: 2, failed: 2 });
  });
});

describe('npm run check', () => {
  const check = (...names: string[]) =>
    promisify(execFile)(process.execPath, [join(projectRoot, 'scripts', 'check.mjs'), ...names]);

  it('ends with the counts', async () => {
    const { stdout } = await check('licences');
    expect(stdout).toMatch(/^licences: passed \(\d+ packages\)\n1 passed, 0 failed\n$/);
  });

  it('knows its checks', async () => {
    await expect(check('nosuch')).rejects.toMatchObject({
      code: 2,
      stderr:
        'there is no check "nosuch": the checks are format, lint, types, layers, generated, licences, audit, tests\n',
    });
  });
});
