/** Stages and commands that log in to the secured Kafka by tickets of a real KDC (MIT's). */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { actingAs, type Config } from '../../config.js';
import { withKafkaAdmin } from '../../kafka/client.js';
import { refusalInJava } from '../../kafka/refusals.js';
import { applyTopics } from '../../kafka/topics.js';
import { up } from '../../local/up.js';
import type { Principal } from '../../model/principals.js';
import { kdcIsMissing, kerberosIsMissing, skippedWithoutKdc, skippedWithoutKerberos, startRealm } from '../kerberos.js';
import type { TestRealm } from '../kerberos.js';
import { localStack, removeLocalStack } from '../local-stack.js';
import { securedClient } from './secured-client.js';

/** So short that a client renews its tickets while the tests run. */
const ticketSeconds = 20;

let realm: TestRealm;
let config: Config;
const keytab = (name: string) => join(config.secrets, 'kafka', `${name}.keytab`);
const before = process.env.KRB5_CONFIG;

beforeAll(async () => {
  if (kdcIsMissing) return;
  realm = await startRealm({ ticketSeconds });
  // libkrb5 in this process has it from the environment.
  process.env.KRB5_CONFIG = realm.configFile;
  config = await localStack({ ORDERFLOW_PROFILE: 'secured', ORDERFLOW_KAFKA_STAGE_MECHANISM: 'GSSAPI' });
  await mkdir(join(config.secrets, 'kafka'), { recursive: true });
  await realm.addKey('kafka/localhost', keytab('kafka'));
  for (const name of ['validator', 'enricher', 'generator', 'operator', 'page']) await realm.addKey(name, keytab(name));
  await up(config, { only: ['kafka'], progress: 'silent' });
  await applyTopics(config);
}, 600_000);
afterAll(async () => {
  if (kdcIsMissing) return;
  await removeLocalStack(config);
  await realm.stop();
  if (before === undefined) delete process.env.KRB5_CONFIG;
  else process.env.KRB5_CONFIG = before;
});

async function aJob(principal: Principal, more: Readonly<Record<string, string>> = {}) {
  const client = await securedClient(config, principal, { more });
  onTestFinished(() => client.stop());
  return client;
}

describe.skipIf(kdcIsMissing)(`the client of a stage's job${skippedWithoutKdc}`, () => {
  test('is the stage to Kafka, by a ticket of its own keytab', async () => {
    const [validator, enricher] = [await aJob('validator'), await aJob('enricher')];
    expect(await validator.ask('write valid_order hello')).toBe('wrote hello');
    expect(await enricher.ask('read valid_order')).toBe('read hello');
    expect(refusalInJava(await enricher.ask('write valid_order hello'))).toEqual({
      of: 'topic',
      names: ['valid_order'],
    });
  });

  test('goes on when its tickets have run out', async () => {
    // Kafka's own lets a minute pass between two log-ins.
    const validator = await aJob('validator', { 'sasl.kerberos.min.time.before.relogin': '1000' });
    const tickets = await realm.ticketsOf('validator');
    expect(await validator.ask('write valid_order early')).toBe('wrote early');
    // The third one is asked for when the first has run out.
    while ((await realm.ticketsOf('validator')) < tickets + 3) await sleep(200);
    expect(await validator.ask('write valid_order late')).toBe('wrote late');
  });

  test('goes on when its keytab is rotated, and that of the broker', async () => {
    const before = await aJob('validator');
    expect(await before.ask('write valid_order old')).toBe('wrote old');
    await realm.rotateKey('kafka/localhost', keytab('kafka'));
    await realm.rotateKey('validator', keytab('validator'));
    const after = await aJob('validator');
    expect(await after.ask('write valid_order new')).toBe('wrote new');
    // By the ticket that it has, or another one.
    expect(await before.ask('write valid_order again')).toBe('wrote again');
  });

  test('is told that its keytab is not its principal’s', async () => {
    await realm.addKey('somebody', keytab('aggregator'));
    const aggregator = await aJob('aggregator');
    expect(refusalInJava(await aggregator.ask('read enriched_order'))).toEqual({ of: 'ticket' });
  });
});

describe.skipIf(kerberosIsMissing)(`the commands${skippedWithoutKerberos}`, () => {
  const as = (name: Principal): Config => ({
    ...actingAs(config, name),
    kafkaSecurity: { ...config.kafkaSecurity, mechanism: 'GSSAPI' },
  });
  const topicsOf = async (name: Principal) => (await withKafkaAdmin(as(name), (admin) => admin.listTopics())).sort();

  test('log in by tickets, each principal by its own keytab, several at once', async () => {
    const [operator, ...others] = await Promise.all(
      (['operator', 'generator', 'operator', 'enricher'] as const).map(topicsOf),
    );
    expect(others[0]).toEqual(['raw_order']);
    expect(others[1]).toEqual(operator);
    expect(others[2]).toEqual(['dead_letter', 'enriched_order', 'valid_order']);
    expect(operator!.length).toBeGreaterThan(others[0]!.length);
  });

  test('log in when their ticket has run out', async () => {
    await topicsOf('operator');
    const tickets = await realm.ticketsOf('operator');
    while ((await realm.ticketsOf('operator')) === tickets) {
      await sleep(500);
      expect(await topicsOf('operator')).toContain('raw_order');
    }
  });

  test('say in one sentence that there is no keytab, or that it is not the principal’s', async () => {
    await expect(topicsOf('auditor')).rejects.toThrow(
      `the keytab for Kafka cannot be read from ${keytab('auditor')} (ENOENT)`,
    );
    await realm.addKey('somebody', keytab('auditor'));
    await expect(topicsOf('auditor')).rejects.toThrow(/^Kerberos gives auditor no ticket for kafka@localhost .*:/);
  });

  test('go on with the new key when a keytab is rotated', async () => {
    expect(await topicsOf('generator')).toEqual(['raw_order']);
    await realm.rotateKey('generator', keytab('generator'));
    const tickets = await realm.ticketsOf('generator');
    while ((await realm.ticketsOf('generator')) === tickets) {
      await sleep(500);
      expect(await topicsOf('generator')).toEqual(['raw_order']);
    }
  });
});
