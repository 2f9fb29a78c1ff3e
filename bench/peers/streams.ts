/**
 * Kafka Streams: one program in Java (streams/), a thread for each of the parallelism.
 *
 * Written by its own guides: a custom processor with a state store and punctuation
 * (https://kafka.apache.org/39/documentation/streams/developer-guide/processor-api.html), exactly_once_v2, and settings by
 * https://kafka.apache.org/39/documentation/streams/developer-guide/config-streams.html. Kafka Streams hands over a record at a time:
 * OrderProcessor.java says how batches are made of them, and why none is lost; BeforeCommit.java, by which hook.
 *
 * An order goes through all stages in one task, and each topic is written as it passes. So claims name its record on `raw_order`, whose place is
 * the same when it is read again, and dead letters of later stages have that record's partition and offset. What it writes is of transactions, one a
 * second, for which readers of committed records wait.
 *
 * Left out: releases, sealed orders (they are dead letters), secured Kafka and partners files, topics made anew, notes of what Kafka has deleted unread,
 * and the limits of hostile bytes that its decoder does not have by itself. Nothing is parked: while a partner does not answer, the batch is tried again
 * from what was committed.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Config, loadConfig, projectRoot } from '../../config.js';
import { findJavaHome } from '../../local/java.js';
import { checkMaven } from '../../local/maven.js';
import { programEnvironment } from '../../local/paths.js';
import { recorders, tailOf } from '../../metastore/line-keys.js';
import { limits } from '../../model/limits.js';
import { statuses } from '../../model/statuses.js';
import { runPrograms } from '../contest/child.js';
import { type Contestant, perCore, type Running } from '../contest/contestant.js';
import { statementTexts } from './statements.js';

const pom = join(projectRoot, 'bench', 'peers', 'streams', 'pom.xml');
const built = join(projectRoot, '.orderflow', 'peers', 'streams');

/** How long it may take until all threads have their tasks, in ms: with one that was killed before, Kafka waits for that first. */
const startMs = 60_000;
const pollMs = 100;

/** What each line's key ends with, by stage and status. */
const tails = Object.fromEntries(
  recorders.flatMap((stage) => statuses.map((status) => [`${stage}/${status}`, tailOf(1, stage, status)])),
);

/** By the names that Settings.java has for them. */
async function statements() {
  const texts = await statementTexts();
  return {
    validation: texts.validate,
    enrichment: texts.enrich,
    routes: texts.route,
    deliveries: texts['claim deliveries'],
    aggregation: texts['claim aggregations'],
    statuses: texts.record,
    acceptances: texts.accept,
    ends: texts.deliver,
  };
}

/** What Settings.java reads. */
async function settingsOf(config: Config, folder: string, runningFile: string) {
  const { username, password, host, pathname } = new URL(config.postgresUrl);
  return {
    kafka: config.kafka,
    postgres: {
      url: `jdbc:postgresql://${host}${pathname}`,
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
    },
    partner: {
      url: config.partnerUrl,
      timeoutMs: config.partner.timeoutMs,
      concurrency: config.partner.concurrency,
      attempts: config.partner.attempts,
    },
    parallelism: config.parallelism,
    replication: config.replication,
    batchSize: config.batchSize,
    maxOrderBytes: config.maxOrderBytes,
    allowedLatenessMs: config.allowedLatenessMs,
    windowMs: config.windowSeconds * 1_000,
    paneMs: config.paneMs,
    stateFolder: join(folder, 'state'),
    runningFile,
    limits,
    statuses,
    tails,
    sql: await statements(),
  };
}

/** Resolves when the program has said so. When it does not in time it is stopped, and the error is its own where it had one. */
async function untilRunning(file: string, running: Running): Promise<void> {
  const deadline = performance.now() + startMs;
  while (!existsSync(file)) {
    if (performance.now() > deadline) {
      await running.stop();
      throw new Error(`Kafka Streams was not running after ${startMs} ms`);
    }
    await sleep(pollMs);
  }
}

export const kafkaStreams: Contestant = {
  name: 'Kafka Streams',
  does: 'one Java program, whose tasks carry batches through all stages in memory, in transactions',
  conditions: perCore,
  services: [],
  async prepare() {
    const config = loadConfig();
    const javaHome = await findJavaHome(config);
    await checkMaven(config, javaHome);
    await mkdir(built, { recursive: true });
    // Maven sees by itself what has changed.
    await promisify(execFile)('mvn', ['-B', '-q', '-f', pom, 'package', `-Dorderflow.out=${built}`], {
      env: { ...programEnvironment(config), JAVA_HOME: javaHome },
    });
  },
  async start({ config, folder }) {
    const settings = join(folder, 'settings.json');
    const runningFile = join(folder, 'running');
    await rm(runningFile, { force: true });
    await writeFile(settings, JSON.stringify(await settingsOf(config, folder, runningFile)), { mode: 0o600 });
    const jvm = ['-Xms256m', '-Xmx512m', '-XX:+UseParallelGC', '-XX:+ExitOnOutOfMemoryError'];
    const logging = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=info', '-Dorg.slf4j.simpleLogger.showDateTime=true'];
    const running = runPrograms(folder, [
      {
        name: 'streams',
        file: join(await findJavaHome(config), 'bin', 'java'),
        args: [...jvm, ...logging, '-cp', join(built, 'lib', '*'), 'orderflow.streams.Main', settings],
      },
    ]);
    await untilRunning(runningFile, running);
    return running;
  },
};
