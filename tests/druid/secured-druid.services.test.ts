/** Druid in the secured profile: every stream over Kafka's TLS, and who gets an answer at which port. */
import { readFileSync, statSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { keepTopics } from '../../archive/keep.js';
import { actingAs, type Config, loadConfig } from '../../config.js';
import { compareStreams } from '../../druid/counts.js';
import { fillStream } from '../../druid/fill.js';
import { queryDruid } from '../../druid/rest.js';
import { streams } from '../../druid/specs.js';
import { applySupervisors, resetStreams, waitUntilReading } from '../../druid/supervisors.js';
import { applyTopics } from '../../kafka/topics.js';
import { makeSecrets, secretFile, tlsFilesOf } from '../../local/authority.js';
import { druidRoles, druidService } from '../../local/druid.js';
import { asKafkaOwner } from '../../local/kafka.js';
import { runningProcess } from '../../local/pid-file.js';
import { up } from '../../local/up.js';
import { prepareSchema } from '../../metastore/prepare.js';
import { readSecret } from '../../model/secret-file.js';
import { readTls } from '../../model/tls-files.js';
import { publishStreams } from '../end-to-end/streams.js';
import { deleteOldest } from '../kafka/delete-records.js';
import { listenersOf } from '../listeners.js';
import { localStack, removeLocalStack } from '../local-stack.js';

const slowly = 300_000;
const parts = druidRoles.map(druidService);
const quietly = { onProgress: () => undefined };

let config: Config;
/** Another authority, whose certificates have the same names. */
let foreign: Config;
beforeAll(async () => {
  config = await localStack({ ORDERFLOW_PROFILE: 'secured' });
  foreign = loadConfig({ ...config.environment, ORDERFLOW_HOME: `${config.home}-foreign` });
  await makeSecrets(foreign);
  await up(config, { only: ['kafka', 'postgres', ...parts], progress: 'silent' });
  await applyTopics(config);
  await prepareSchema(config, Date.now());
}, slowly);
afterAll(async () => {
  await removeLocalStack(config);
  await removeLocalStack(foreign);
}, slowly);

it('has of every stream the records of its topic', { timeout: slowly }, async () => {
  await publishStreams(asKafkaOwner(config), { orders: 200, seed: 11 });
  await applySupervisors(config);
  await waitUntilReading(config);
  // Just after its start, Kafka's coordinator of groups may still be loading.
  const unequal = async () => {
    const counts = await compareStreams(config);
    return streams.filter((topic) => !counts[topic].isEqual).map((topic) => [topic, counts[topic]]);
  };
  await expect.poll(unequal, { timeout: slowly / 2, interval: 1_000 }).toEqual([]);
});

it('is filled from the archive, but with no order whose value was left out', { timeout: slowly }, async () => {
  const [panes, orders] = await keepTopics(config, ['aggregated_order', 'raw_order'], quietly);
  const topics = [panes!.topic, orders!.topic];
  for (const topic of topics) await deleteOldest(asKafkaOwner(config), topic);
  await resetStreams(config, topics);
  await waitUntilReading(config, topics);
  const { records } = panes!;
  const filled = await fillStream(config, 'aggregated_order', quietly);
  expect(filled).toEqual({ archived: records, sent: records, withoutValue: 0 });
  expect(await queryDruid(config, 'SELECT COUNT(*) AS "rows" FROM aggregated_order')).toEqual([{ rows: records }]);
  // A second time, at once, there is nothing to do.
  const again = await fillStream(config, 'aggregated_order', quietly);
  expect(again).toEqual({ archived: records, sent: 0, withoutValue: 0 });
  // They are plain.
  const withoutValue = orders!.records;
  expect(orders).toMatchObject({ withheld: withoutValue });
  const unfilled = await fillStream(config, 'raw_order', quietly);
  expect(unfilled).toEqual({ archived: withoutValue, sent: 0, withoutValue });
  expect(statSync(config.backfills).mode & 0o777).toBe(0o700);
});

it('answers the certificates of its authority, and no other', async () => {
  const rows = [{ one: 1 }];
  expect(await queryDruid(config, 'SELECT 1 AS "one"')).toEqual(rows);
  expect(await queryDruid(actingAs(config, 'page'), 'SELECT 1 AS "one"')).toEqual(rows);
  const { caFile } = config.druidTls;
  for (const druidTls of [
    { ...foreign.druidTls, caFile },
    { caFile, certFile: '', keyFile: '' },
  ])
    await expect(queryDruid({ ...config, druidTls }, 'SELECT 1')).rejects.toMatchObject({ code: 'DRUID_UNREACHABLE' });
  await expect(
    queryDruid({ ...config, druidTls: { ...config.druidTls, caFile: foreign.druidTls.caFile } }, 'SELECT 1'),
  ).rejects.toThrow(`Druid at ${config.druidUrl}: its certificate is from an authority that is not trusted`);
});

/** Whether a server says anything but a TLS alert before it ends the connection. */
function answers(port: number, tls?: ConnectionOptions): Promise<boolean> {
  const address = { host: '127.0.0.1', port };
  const socket = tls ? connectTls({ ...address, ...tls, rejectUnauthorized: false }) : connectPlain(address);
  return new Promise((resolve) => {
    const end = (said: boolean) => resolve(said) ?? socket.destroy();
    socket.once(tls ? 'secureConnect' : 'connect', () =>
      socket.write('GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    );
    socket.once('data', (bytes: Buffer) => end(tls !== undefined || bytes[0] !== 0x15));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
  });
}

it('has no port that is not on the loopback interface, or says a word without a certificate', async () => {
  const listeners = listenersOf(config).filter(({ service }) => service.startsWith('druid-'));
  expect(new Set(listeners.map(({ service }) => service))).toEqual(new Set(parts));
  expect(listeners.filter(({ isLoopback }) => !isLoopback)).toEqual([]);
  for (const { service, port } of listeners)
    for (const tls of [undefined, {}, readTls(tlsFilesOf(foreign, 'operator'), 'a test')])
      expect(await answers(port, tls), `${service} ${port}`).toBe(false);
});

it('has no password on a command line', () => {
  const passwords = ['p12.password', 'kafka/druid.password'].map((name) =>
    readSecret(secretFile(config, name), 'a test'),
  );
  for (const part of parts) {
    const words = readFileSync(`/proc/${runningProcess(config, part)!.pid}/cmdline`, 'utf8');
    expect(passwords.filter((password) => words.includes(password))).toEqual([]);
  }
});
