import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localPathOf, statePathFrom } from '../../flink/state-path.js';
import { hardName } from '../local-stack.js';

let folder: string;
beforeAll(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'orderflow-state-')), hardName);
  await mkdir(folder);
});
afterAll(() => rm(join(folder, '..'), { recursive: true }));

describe("Flink's path of a state", () => {
  it('is a local file, with nothing escaped', () => {
    for (const prefix of ['file:', 'file://']) expect(localPathOf(`${prefix}/a #1%41`)).toBe('/a #1%41');
  });

  it('is no local file where it lies elsewhere', () => {
    expect(localPathOf('s3://bucket/a')).toBeUndefined();
    expect(localPathOf('file://host/a')).toBeUndefined();
  });

  it('is found in what a person writes: a path, a relative one, a URL, or what a command has printed', () => {
    const written = [folder, relative(process.cwd(), folder), pathToFileURL(folder).href, `file:${folder}`];
    expect(written.map(statePathFrom)).toEqual(written.map(() => `file:${folder}`));
  });

  it('stays as it was written where there is nothing, or where it lies elsewhere', () => {
    for (const text of ['s3://bucket/a b', 'hdfs://host/a', 'file:///no/such%20one', 'file:/no%E9'])
      expect(statePathFrom(text)).toBe(text);
    expect(statePathFrom('/no/such')).toBe('file:/no/such');
  });
});
