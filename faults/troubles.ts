/** What somebody has to mend: `orderflow status` says it in one sentence, and the work goes on by itself when it is mended. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Config, projectRoot } from '../config.js';
import { OperatorError } from '../errors.js';
import { applyAcls, removeRights } from '../kafka/acl-plan.js';
import { withBroker } from '../kafka/client.js';
import { setPasswords } from '../kafka/scram.js';
import { setUsers } from '../kafka/scram-users.js';
import { renewCertificates, renewSecret, secretFile } from '../local/authority.js';
import { kafkaOwner, kafkaUsers } from '../local/kafka.js';
import { reloadPostgres } from '../local/postgres.js';
import { kafkaNameOf } from '../model/kafka-security.js';
import type { StrikeContext, Struck } from './strike.js';
import { killServices } from './strikes.js';

/** How long it may take until `status` has something to say, in ms. */
const patienceMs = 120_000;

/** `orderflow status`, as a person runs it: what it prints, whatever its exit status. */
const statusText = (config: Config) =>
  new Promise<string>((resolve) =>
    execFile(
      process.execPath,
      [join(projectRoot, 'orderflow.mjs'), 'status'],
      { env: config.environment },
      (_error, stdout) => resolve(stdout),
    ),
  );

/** The sentence of `status` in which these words are. Fails with NOT_SAID where it says none in time. */
async function saidOf(config: Config, words: string): Promise<string> {
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    const problems = (await statusText(config)).match(/(?<=^PROBLEM: ).+$/gm) ?? [];
    const found = problems.find((sentence) => sentence.includes(words));
    if (found !== undefined) return found;
    await sleep(1_000);
  }
  throw new OperatorError('NOT_SAID', `\`orderflow status\` does not say "${words}"`);
}

/** PostgreSQL's certificate ran out a quarter of an hour ago, and everybody has to connect anew. */
export async function expireCertificate({ config }: StrikeContext): Promise<Struck> {
  await renewCertificates(config, ['postgres'], -0.01);
  const { at } = await killServices(config, ['postgres']);
  const said = await saidOf(config, 'shows a certificate that is not valid now');
  return {
    at,
    said,
    target: "postgres' certificate, and postgres",
    services: [],
    heal: async () => {
      await renewCertificates(config, ['postgres']);
      reloadPostgres(config);
    },
  };
}

/** Kafka has another password of the router than its file, and all jobs have to log in anew. */
export async function forgetPassword({ config }: StrikeContext): Promise<Struck> {
  const owner = kafkaOwner(config);
  const user = kafkaNameOf(config.kafkaSecurity, 'router');
  await withBroker(owner, 'orderflow-users', (ask) => setPasswords(ask, new Map([[user, 'another']])));
  const { at } = await killServices(config, ['taskmanager']);
  const said = await saidOf(config, `refuses the log-in of ${user}`);
  return {
    at,
    said,
    target: "the router's password, and taskmanager",
    services: ['taskmanager'],
    heal: () => setUsers(owner, kafkaUsers(config), ['router']),
  };
}

/** The router's file has another password than PostgreSQL, and everybody has to connect anew. */
export async function mistakePassword({ config }: StrikeContext): Promise<Struck> {
  const file = secretFile(config, 'postgres', 'router.password');
  const right = await readFile(file);
  await renewSecret(config, 'postgres/router.password');
  const { at } = await killServices(config, ['postgres']);
  const said = await saidOf(config, 'refuses this user or password');
  return {
    at,
    said,
    target: "the router's file, and postgres",
    services: ['postgres'],
    heal: () => writeFile(file, right),
  };
}

/** The router may not write its output any more. */
export async function takeRightAway({ config }: StrikeContext): Promise<Struck> {
  const owner = kafkaOwner(config);
  const principal = `User:${kafkaNameOf(config.kafkaSecurity, 'router')}`;
  const at = Date.now();
  await removeRights(
    owner,
    config,
    (entry) => entry.principal === principal && entry.operation === 'WRITE' && entry.resourceName === 'internal_order',
  );
  const said = await saidOf(config, 'the topic internal_order');
  return {
    at,
    said,
    target: "the router's right to write internal_order",
    services: [],
    heal: async () => void (await applyAcls(owner, config)),
  };
}
