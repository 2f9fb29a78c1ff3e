/**
 * Orderflow without Beam and Flink: its steps in plain Node, with kafkajs (https://kafka.js.org/docs/consuming) between them and Kafka.
 *
 * What is left out: releases for stages after the validator, in the fused form; secured Kafka's principals for each stage there; metrics.
 * A process that ends by itself is to be started again by what runs it.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Config, projectRoot } from '../../config.js';
import { withKafkaAdmin } from '../../kafka/client.js';
import { withPool } from '../../metastore/connection.js';
import { databaseOf } from '../../metastore/database.js';
import { stageNames } from '../../model/stages.js';
import { nodeFlags, type Program, runPrograms } from '../contest/child.js';
import { type Conditions, type Contestant, perCore } from '../contest/contestant.js';
import { windowTables } from './kafkajs/window-sums.js';

const pollMs = 250;
const joinMs = 120_000;

/** One of the two forms: what runs it, and the consumer groups that it has, with their members. */
export interface KafkajsForm extends Contestant {
  programs(config: Config): readonly Program[];
}

interface Form {
  readonly name: string;
  readonly does: string;
  readonly main: string;
  readonly groups: readonly string[];
  readonly conditions?: Conditions;
  /** Members of each group. */
  members(config: Config): number;
}

/** Waits until each group has all its members, and each member its partitions. Rejects when they do not come. */
async function untilJoined(config: Config, groups: readonly string[], members: number): Promise<void> {
  const end = performance.now() + joinMs;
  await withKafkaAdmin(config, async (admin) => {
    for (;;) {
      const described = await admin.describeGroups([...groups]);
      if (described.groups.every((one) => one.state === 'Stable' && one.members.length === members)) return;
      if (performance.now() > end) throw new Error(`${groups.join(', ')} have not got ${members} members each`);
      await sleep(pollMs);
    }
  });
}

/** Makes the tables of the sums, which the programs need before they start. */
export const makeTables = (config: Config): Promise<unknown> =>
  withPool(databaseOf(config, 'owner'), (pool) => pool.query(windowTables));

function formOf({ name, does, conditions, main, groups, members }: Form): KafkajsForm {
  const programs = (config: Config): Program[] =>
    groups.flatMap((group) =>
      Array.from({ length: members(config) }, (_, index) => ({
        name: `${group}-${index + 1}`,
        file: process.execPath,
        args: [...nodeFlags, join(projectRoot, 'dist', 'bench', 'peers', 'kafkajs', main), group],
        environment: config.environment as Record<string, string>,
      })),
    );
  return {
    name,
    does,
    conditions,
    services: [],
    programs,
    async start({ config, folder }) {
      await makeTables(config);
      const running = runPrograms(folder, programs(config));
      await untilJoined(config, groups, members(config)).catch(async (error: unknown) => {
        // Whoever is left would work for the contestants that follow. What one that died has said, comes with this.
        await running.stop();
        throw error;
      });
      return running;
    },
  };
}

export const fiveKafkajsServices: KafkajsForm = formOf({
  name: 'five kafkajs services',
  does: 'a Node process for each stage, which reads and writes by kafkajs',
  main: 'service-main.js',
  groups: stageNames,
  members: () => 1,
});

export const fusedKafkajs: KafkajsForm = formOf({
  name: 'fused kafkajs',
  does: 'a Node process for each core, which takes orders through all stages in memory, and writes all topics by kafkajs',
  conditions: perCore,
  main: 'fused-main.js',
  groups: ['fused'],
  members: ({ parallelism }) => parallelism,
});
