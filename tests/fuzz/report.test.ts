import { execFile } from 'node:child_process';
import { beforeAll, expect, it } from 'vitest';
import { tableOfKinds, textOfFindings } from '../../fuzz/report.js';
import { hostileRecords, type HostileOptions } from '../../fuzz/values.js';
import { defaultReferenceFile, readReferenceFile } from '../../metastore/reference-data.js';

let options: HostileOptions;
beforeAll(async () => {
  const reference = await readReferenceFile(defaultReferenceFile);
  options = { seed: 3, reference, now: Date.UTC(2026, 0, 15, 12), maxOrderBytes: 900_000 };
});

it('is a table by kind, with sums', () => {
  const row = { valid: 1, rejected: 0, 'dead-lettered': 2, redelivery: 0, reused: 0, unaccounted: 0 };
  const kinds = new Map([
    ['b', row],
    ['a', { ...row, redelivery: 7 }],
  ]);
  expect(tableOfKinds({ kinds }).split('\n')).toEqual([
    'kind  valid  rejected  dead-lettered  redelivery  reused  unaccounted',
    'a         1                        2           7',
    'b         1                        2',
    'all       2         0              4           7       0            0',
  ]);
});

it('shows the bytes of a value that is not accounted for, and the command that makes it again', () => {
  const value = Buffer.from(hostileRecords(options)(5).record.value!).toString('hex');
  const findings = [{ index: 5, kind: 'odd', problem: 'is gone' }];
  expect(textOfFindings({ findings }, options).split('\n')).toEqual([
    '5 (odd): is gone',
    '  again: npm run fuzz -- --seed 3 --from 5 --values 1',
    `  ${value.length / 2} bytes: ${value.slice(0, 4_000)}`,
  ]);
});

const run = (...args: string[]) =>
  new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) =>
    execFile(process.execPath, ['dist/fuzz/main.js', ...args], (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    ),
  );

it('is what the command prints', async () => {
  const { code, stdout, stderr } = await run('--values', '300', '--from', '40');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^kind .*\n[^]*\nall .* 0\nseed 1: 300 values in [^\n]* 0 not accounted for; [^\n]*\n$/);
});

it('a bad number is named, with exit status 2', async () => {
  expect(await run('--values', 'many')).toEqual({
    code: 2,
    stdout: '',
    stderr: 'fuzz: --values: expected a whole number, 1 or more, not "many"\n',
  });
});
