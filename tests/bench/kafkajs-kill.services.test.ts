/** What is killed in the middle of its work, and started again, loses nothing and doubles nothing. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runPrograms } from '../../bench/contest/child.js';
import type { Arena, Contestant, Running } from '../../bench/contest/contestant.js';
import { playTurn } from '../../bench/contest/turn.js';
import { fiveKafkajsServices, fusedKafkajs, type KafkajsForm, makeTables } from '../../bench/peers/kafkajs.js';
import { topicOffsets, withKafkaAdmin } from '../../kafka/client.js';
import { defaultReferenceFile, readReferenceFile } from '../../metastore/reference-data.js';
import { stages } from '../../model/stages.js';
import type { TopicName } from '../../model/topics.js';
import { stackSettings } from '../local-stack.js';

const orders = 3_000;
/** With so many records of its topic a program is in the middle: few orders are external, and panes are fewer still. */
const some: Partial<Record<TopicName, number>> = { external_order: 50, aggregated_order: 1 };
const someOrders = 300;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orderflow-kill-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A program, and the topic that shows that it is in the middle. */
type Victim = readonly [program: string, topic: TopicName];

const forms: readonly { form: KafkajsForm; victims: readonly Victim[] }[] = [
  {
    form: fiveKafkajsServices,
    victims: stages.map(({ name, input, outputs }): Victim => {
      return [`${name}-1`, name === 'external-processor' ? input : outputs[0]];
    }),
  },
  {
    form: fusedKafkajs,
    victims: [
      ['fused-1', 'valid_order'],
      ['fused-2', 'external_order'],
      ['fused-1', 'aggregated_order'],
    ],
  },
];

/** The form, with each program in hands of its own: `killVictims` resolves when all are dead and started again. */
function killable(form: KafkajsForm, victims: readonly Victim[]) {
  let arena: Arena;
  const running = new Map<string, Running>();
  async function killVictims(): Promise<void> {
    const { config, folder: logs } = arena;
    for (const [name, topic] of victims) {
      await withKafkaAdmin(config, async (admin) => {
        const written = async () => (await topicOffsets(admin, topic)).reduce((sum, { high }) => sum + high, 0);
        while ((await written()) < (some[topic] ?? someOrders)) await sleep(20);
      });
      process.kill(running.get(name)!.pids[0]!, 'SIGKILL');
      running.set(
        name,
        runPrograms(
          logs,
          form.programs(config).filter((program) => program.name === name),
        ),
      );
    }
  }
  const contestant: Contestant = {
    name: form.name,
    does: form.does,
    services: form.services,
    async start(given) {
      arena = given;
      await makeTables(given.config);
      for (const program of form.programs(given.config))
        running.set(program.name, runPrograms(given.folder, [program]));
      return {
        /** Of those that run now: who was killed is followed by another. */
        get pids() {
          return [...running.values()].flatMap((one) => one.pids);
        },
        stop: async () => void (await Promise.all([...running.values()].map((one) => one.stop()))),
      };
    },
  };
  return { contestant, killVictims };
}

test.each(forms)('$form.name: killed in the middle', { timeout: 600_000 }, async ({ form, victims }) => {
  const { contestant, killVictims } = killable(form, victims);
  const data = await readReferenceFile(defaultReferenceFile);
  const place = {
    home: join(folder, form.name),
    data,
    environment: { ...(await stackSettings()), ...form.conditions?.settings },
  };
  const report = await playTurn(contestant, place, async ({ measure }) => {
    const [measured] = await Promise.all([measure({ orders, seed: 2 }), killVictims()]);
    return measured.report;
  });
  expect(report.problems).toEqual([]);
  expect(report).toMatchObject({ orders, lost: 0, duplicated: 0, unaccounted: 0, reconciled: true });
  expect(report.aggregated.orders).toBe(report.enriched);
});
