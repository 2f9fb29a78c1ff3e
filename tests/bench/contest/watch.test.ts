/** When something was written last. */
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { byPart } from '../../../bench/contest/usage.js';
import { look, untilStill } from '../../../bench/contest/watch.js';
import { type Config, loadConfig } from '../../../config.js';
import { kafkaDataFolder } from '../../../local/kafka.js';

/** Seconds of each part. */
const used = (seconds: number) => byPart(() => seconds);

let config: Config;
let journal: string;
const segment = (partition: string) => join(kafkaDataFolder(config), partition, '00000000000000000000.log');

beforeEach(async () => {
  config = loadConfig({ ORDERFLOW_HOME: await mkdtemp(join(tmpdir(), 'orderflow-watch-')) });
  journal = join(config.home, 'partner', 'journal.ndjson');
  for (const partition of ['raw_order-0', 'dead_letter-1', '__consumer_offsets-0']) {
    await mkdir(join(kafkaDataFolder(config), partition), { recursive: true });
    await writeFile(segment(partition), '');
  }
  await mkdir(join(config.home, 'partner'));
  await writeFile(journal, '');
});
afterEach(() => rm(config.home, { recursive: true }));

test('a record on any topic and a delivery are seen, with the CPU used then', async () => {
  let cpu = 0;
  const cpuNow = () => used((cpu += 1));
  let seen = await look(config, cpuNow);
  for (const file of [segment('raw_order-0'), segment('dead_letter-1'), journal]) {
    await appendFile(file, 'more');
    const later = await look(config, cpuNow, seen);
    expect(later.state).not.toBe(seen.state);
    expect(later.cpu).toEqual(used(seen.cpu.Kafka + 1));
    seen = later;
  }
});

test('a commit of offsets is nothing that was written', async () => {
  const seen = await look(config, () => used(1));
  await appendFile(segment('__consumer_offsets-0'), 'commit');
  expect(await look(config, () => used(2), seen)).toBe(seen);
});

test('the watch goes on while more is to come, and answers with the last change', async () => {
  const before = await look(config, () => used(0));
  let checks = 0;
  const seen = await untilStill(config, before, {
    stillMs: 1,
    isLoading: () => checks < 3,
    check() {
      checks += 1;
    },
    cpuNow: () => used(5),
  });
  expect(checks).toBe(3);
  expect(seen).toBe(before);
});

test('what the check throws ends it, also while orders are still published', async () => {
  const check = () => {
    throw new Error('it has ended');
  };
  const before = await look(config, () => used(0));
  const options = { stillMs: 1, isLoading: () => true, check, cpuNow: () => used(0) };
  await expect(untilStill(config, before, options)).rejects.toThrow('it has ended');
});
