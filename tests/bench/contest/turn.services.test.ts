/** A contestant that does not do its work is found out, and holds nobody up. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runPrograms } from '../../../bench/contest/child.js';
import type { Contestant } from '../../../bench/contest/contestant.js';
import { ContestantError, type Ground, playTurn } from '../../../bench/contest/turn.js';
import { defaultReferenceFile, readReferenceFile } from '../../../metastore/reference-data.js';
import { stackSettings } from '../../local-stack.js';

let folder: string;
let ground: Ground;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orderflow-turn-'));
  ground = {
    home: join(folder, 'home'),
    data: await readReferenceFile(defaultReferenceFile),
    environment: {
      ...process.env,
      ...(await stackSettings()),
    },
  };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('one that dies in the middle ends its turn at once, with the end of its log', { timeout: 600_000 }, async () => {
  const mortal: Contestant = {
    name: 'mortal',
    does: 'nothing, and not for long',
    services: [],
    start: async ({ folder }) =>
      runPrograms(folder, [{ name: 'worker', file: '/bin/sh', args: ['-c', 'sleep 8; echo out of memory; exit 1'] }]),
  };
  let measured: unknown;
  const turn = playTurn(mortal, ground, async ({ measure }) => {
    // By itself, and not by what is lost after two minutes in which nothing was written.
    measured = await measure({ orders: 200, seed: 1 }).catch((error: unknown) => error);
    throw measured;
  });
  const error: unknown = await turn.catch((error: unknown) => error);
  expect(error).toBeInstanceOf(ContestantError);
  expect((error as Error).message).toBe('mortal: worker ended while it was to run:\nout of memory');
  expect((measured as Error).message).toBe('mortal: one of its processes has ended');
});
