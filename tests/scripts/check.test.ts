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
interface Answer {
  readonly silent?: string;
  readonly problems?: readonly string[];
  readonly date?: string;
}
interface Scripts {
  licenceProblems(components: readonly object[], lists?: object): string[];
  unusedExceptions(components: readonly object[], lists?: object): string[];
  lockfileProblems(lock: object): string[];
  npmAnswer(stdout: string, stderr: string, accepted?: object): Answer;
  osvAnswer(scan: { code: number; stdout: string; stderr: string }, accepted?: object): Answer;
  outcomeOf(npm: Answer, osv: Answer): Outcome;
  countTests(report: object): { passed: number; failed: number };
}
const script = async (name: string) => (await import(join(projectRoot, 'scripts', name))) as Scripts;
const { licenceProblems, unusedExceptions } = await script('licences.mjs');
const { lockfileProblems } = await script('lockfile.mjs');
const { npmAnswer, osvAnswer, outcomeOf } = await script('audit.mjs');
const { countTests } = await script('tests.mjs');

describe('licences', () => {
  const npm = (...licenses: object[]) => [{ purl: 'pkg:npm/%40scope/a@1.0.0', licenses }];
  const jar = (...licenses: object[]) => [{ purl: 'pkg:maven/group/a@1.0?type=jar', licenses }];
  const id = (id: string) => ({ license: { id } });

  it.each([
    npm(id('MIT')),
    npm({ expression: '(MIT OR GPL-3.0)' }),
    npm({ license: { name: '(Apache-2.0 AND BSD-3-Clause)' } }),
    jar(id('EPL-2.0')),
    jar({ license: { name: 'Somebody’s own' } }, id('Apache-2.0')),
  ])('allows %j', (component) => {
    expect(licenceProblems([component])).toEqual([]);
  });

  it.each([
    [npm(id('GPL-3.0')), 'pkg:npm/%40scope/a@1.0.0: its licence (GPL-3.0)'],
    [npm({ expression: '(MIT AND GPL-3.0)' }), 'pkg:npm/%40scope/a@1.0.0: its licence ((MIT AND GPL-3.0))'],
    [npm(id('EPL-2.0')), 'pkg:npm/%40scope/a@1.0.0: its licence (EPL-2.0)'],
    [npm(), 'pkg:npm/%40scope/a@1.0.0: its licence (none)'],
    [jar({ license: { name: 'BSD style' } }), 'pkg:maven/group/a@1.0: its licence (BSD style)'],
    [jar(id('GPL-2.0-only'), id('AGPL-3.0')), 'pkg:maven/group/a@1.0: its licence (GPL-2.0-only or AGPL-3.0)'],
  ])('refuses %j', (components, sentence) => {
    expect(licenceProblems(components)).toEqual([`${sentence} is not in scripts/allowed-licences.json`]);
  });

  it('passes what was checked by hand, in every version, and names what need not be any more', () => {
    const lists = { allowed: [], allowedUnchanged: [], checkedByHand: { 'pkg:npm/@scope/a': 'read' } };
    expect(licenceProblems(npm(), lists)).toEqual([]);
    expect(licenceProblems(jar(), lists)).toHaveLength(1);
    expect(unusedExceptions(npm(), lists)).toEqual([]);
    expect(unusedExceptions(jar(), lists)).toEqual([
      'pkg:npm/@scope/a is in scripts/allowed-licences.json, and nothing uses it',
    ]);
  });
});

describe('lockfile', () => {
  const integrity = `sha512-${'a'.repeat(86)}==`;
  const problems = (entry: object) =>
    lockfileProblems({ packages: { '': {}, 'node_modules/x/node_modules/a': entry } });

  it.each([{ integrity }, { integrity, resolved: 'https://registry.npmjs.org/a/-/a-1.0.0.tgz' }])(
    'passes %j',
    (entry) => {
      expect(problems(entry)).toEqual([]);
    },
  );

  it.each([
    [{ integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' }, 'a has no SHA-512 in package-lock.json'],
    [{}, 'a has no SHA-512 in package-lock.json'],
    [
      { integrity, resolved: 'git+ssh://git@example.org/a.git#1' },
      "a comes from git+ssh://git@example.org/a.git#1, and not from npm's registry",
    ],
    [{ link: true, resolved: '../a' }, 'a is a link to a folder, and no package of the registry'],
  ])('refuses %j', (entry, sentence) => {
    expect(problems(entry)).toEqual([sentence]);
  });

  it('refuses a file without packages', () => {
    expect(lockfileProblems({ dependencies: {} })).toHaveLength(1);
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
  const report = JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities: {
      a: { name: 'a', via: [advisory('a', 'GHSA-1')] },
      b: { name: 'b', via: ['a', advisory('b', 'GHSA-2')] },
    },
  });
  const found = {
    package: { name: 'g:a', version: '1.0', ecosystem: 'Maven' },
    groups: [{ ids: ['GHSA-3'], aliases: ['CVE-3', 'GHSA-3'], max_severity: '9.8' }],
    vulnerabilities: [{ id: 'GHSA-3', summary: 'breaks' }],
  };
  const scan = {
    code: 1,
    stdout: JSON.stringify({ results: [{ packages: [found] }, { packages: [found] }] }),
    stderr: '',
  };

  it('reads a report of npm, without what is accepted for the package it was accepted for', () => {
    const accepted = [{ package: 'a', ids: ['GHSA-1', 'GHSA-2'], reason: 'not reached' }];
    expect(npmAnswer(report, '', accepted)).toEqual({
      problems: ['b <2.0.0: high, breaks (https://github.com/advisories/GHSA-2)'],
    });
    expect(npmAnswer(report, '', []).problems).toHaveLength(2);
  });

  it('reads a report of OSV-Scanner, once for what is in several documents, without what is accepted by any of its names', () => {
    expect(osvAnswer(scan, [])).toEqual({ problems: ['g:a 1.0: 9.8, breaks (https://osv.dev/GHSA-3)'] });
    expect(osvAnswer(scan, [{ package: 'g:a', ids: ['CVE-3'], reason: 'not reached' }])).toEqual({ problems: [] });
    expect(osvAnswer({ code: 0, stdout: '{"results":[]}', stderr: '' })).toEqual({ problems: [] });
  });

  it('knows when there was no answer, and why', () => {
    const answer = { message: '405 Method Not Allowed', statusCode: 405, error: { summary: '', detail: '' } };
    expect(npmAnswer(JSON.stringify(answer), 'npm error')).toEqual({ silent: '405 Method Not Allowed' });
    expect(npmAnswer('', 'npm error\nnpm error offline')).toEqual({ silent: 'npm error offline' });
    const unreachable = { code: 127, stdout: '{"results":[]}', stderr: 'scanned\nno such host\n' };
    expect(osvAnswer(unreachable)).toEqual({ silent: 'no such host' });
  });

  const silent = { silent: 'not there' };
  const clean = { problems: [], date: '2026-01-02' };

  it('passes when OSV-Scanner has answered for npm and jars, and says of what day', () => {
    const asked = "npm's packages and jars, OSV's advisories of 2026-01-02";
    expect(outcomeOf(clean, clean)).toEqual({ result: 'passed', note: asked });
    expect(outcomeOf(silent, clean)).toEqual({ result: 'passed', note: `${asked}; npm did not answer: not there` });
  });

  it('says what was not audited, and fails all the same when one of the two has found something', () => {
    expect(outcomeOf(silent, silent)).toEqual({
      result: 'skipped',
      note: 'NOT AUDITED: neither npm nor jars; npm did not answer: not there; osv-scanner did not answer: not there',
    });
    expect(outcomeOf(clean, silent).note).toMatch(/^NOT AUDITED: jars; /);
    expect(outcomeOf({ problems: ['a breaks'] }, silent)).toEqual({
      result: 'failed',
      details: ['a breaks'],
      note: 'osv-scanner did not answer: not there',
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
    const { stdout } = await check('lockfile');
    expect(stdout).toMatch(/^lockfile: passed \(\d+ packages\)\n1 passed, 0 failed\n$/);
  });

  it('knows its checks', async () => {
    await expect(check('nosuch')).rejects.toMatchObject({
      code: 2,
      stderr:
        'there is no check "nosuch": the checks are format, lint, types, layers, generated, lockfile, licences, audit, tests\n',
    });
  });
});
