/** What one is told where Kafka refuses a client, or a client Kafka: one sentence, which says who, what, and what to do. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { careOf } from '../../cli/care.js';
import { actingAs, type Config, loadConfig } from '../../config.js';
import { applyAcls, isDone, planAcls } from '../../kafka/acl-plan.js';
import { kafkaProducer, withKafkaAdmin } from '../../kafka/client.js';
import { stageLag } from '../../kafka/lag.js';
import { applyUsers } from '../../kafka/scram-users.js';
import { readTopic } from '../../kafka/topic-reader.js';
import { applyTopics } from '../../kafka/topics.js';
import { makeSecrets, renewCertificates, secretFile } from '../../local/authority.js';
import { kafkaOwner, kafkaUsers } from '../../local/kafka.js';
import { up } from '../../local/up.js';
import { localStack, removeLocalStack } from '../local-stack.js';
import { allowing } from './entries.js';

const patience = { timeout: 20_000, interval: 100 };

let config: Config;
/** Another stack, of which there are the secrets alone. */
let other: Config;
beforeAll(async () => {
  other = await localStack({ ORDERFLOW_PROFILE: 'secured' });
  await makeSecrets(other);
  config = await localStack({ ORDERFLOW_PROFILE: 'secured' });
  await up(config, { only: ['kafka'], progress: 'silent' });
  await applyTopics(config);
  const producer = kafkaProducer(actingAs(config, 'validator'), 'test');
  await producer.connect();
  await producer.send({ topic: 'valid_order', messages: [{ value: 'x' }] });
  await producer.disconnect();
}, 600_000);
afterAll(async () => {
  await removeLocalStack(config);
  await removeLocalStack(other);
});

/** The same with other settings. */
const secured = (more: Record<string, string>) => loadConfig({ ...config.environment, ...more });
const ask = (of: Config) => withKafkaAdmin(of, (admin) => admin.listTopics());
const refused = (message: string) => expect.objectContaining({ code: 'KAFKA_REFUSED', message });

describe('a log-in', () => {
  it('with a wrong password is refused, until the password is set', async () => {
    const file = secretFile(config, 'kafka', 'operator.password');
    await writeFile(file, 'another');
    await expect(ask(config)).rejects.toEqual(
      refused(
        `Kafka at ${config.kafka} refuses the log-in of operator: put its password into the file that ORDERFLOW_KAFKA_PASSWORD_FILE names, ` +
          'or give it the one that is there by `orderflow acls passwords operator`',
      ),
    );
    // What `orderflow status` says of it.
    const silent = {
      name: 'kafka',
      what: '',
      state: 'unreachable',
      memoryBytes: 0,
      processes: 0,
      restarts: 0,
    } as const;
    expect((await careOf(config, [silent], [])).refused).toEqual([expect.stringContaining('the log-in of operator')]);
    const changes = await applyUsers(kafkaOwner(config), kafkaUsers(config));
    expect(changes.filter(({ action }) => action !== 'unchanged')).toEqual([{ user: 'operator', action: 'changed' }]);
    await vi.waitFor(() => ask(config), patience);
  });

  it('of somebody whom Kafka does not know is refused', async () => {
    const unknown = secured({ ORDERFLOW_KAFKA_USER: 'x-{principal}' });
    await expect(ask(unknown)).rejects.toThrow('refuses the log-in of x-operator');
  });

  it('by another mechanism is refused', async () => {
    await expect(ask(secured({ ORDERFLOW_KAFKA_MECHANISM: 'PLAIN' }))).rejects.toEqual(
      refused(
        `Kafka at ${config.kafka} does not take the log-in's mechanism: set ORDERFLOW_KAFKA_MECHANISM to one that it has`,
      ),
    );
  });
});

describe('a certificate', () => {
  const owner = () => kafkaOwner(config);
  const mended: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const mend of mended.splice(0)) await mend();
  });

  it('of Kafka that another authority signed is not trusted', async () => {
    await expect(ask(secured({ ORDERFLOW_KAFKA_CA_FILE: secretFile(other, 'ca.crt') }))).rejects.toEqual(
      refused(
        `the certificate of Kafka at ${config.kafka} is of no authority that is trusted here: ORDERFLOW_KAFKA_CA_FILE names the file with the right one`,
      ),
    );
  });

  it('of a client that ran out is not taken, until it is renewed', async () => {
    mended.push(() => renewCertificates(config, ['owner']));
    await renewCertificates(config, ['owner'], 0);
    await expect(ask(owner())).rejects.toMatchObject({
      code: 'KAFKA_REFUSED',
      message: expect.stringMatching(
        /does not take the certificate of owner, which ran out on .* GMT: .*`orderflow certificates renew`$/,
      ),
    });
    await renewCertificates(config, ['owner']);
    await ask(owner());
  });

  it('of a client that another authority signed is not taken', async () => {
    const { kafkaSecurity } = owner();
    const files = { certFile: secretFile(other, 'owner.crt'), keyFile: secretFile(other, 'owner.key') };
    await expect(ask({ ...owner(), kafkaSecurity: { ...kafkaSecurity, ...files } })).rejects.toThrow(
      'does not take the certificate of owner, which is of no authority that it trusts',
    );
  });

  it('that a client does not have is asked for', async () => {
    const { kafkaSecurity } = owner();
    await expect(ask({ ...owner(), kafkaSecurity: { ...kafkaSecurity, certFile: '', keyFile: '' } })).rejects.toThrow(
      'does not take the certificate of owner, of which there is none: ORDERFLOW_KAFKA_CERT_FILE is not set',
    );
  });

  it.each([
    ['ran out', 0, '127.0.0.1', 'has run out: renew it, in the local stack by `orderflow certificates renew`'],
    [
      'is for another host',
      1,
      '127.0.0.2',
      'is for another host: give it that name, or reach it by the name that it has',
    ],
  ])('of Kafka that %s is told', async (_what, days, host, sentence) => {
    mended.push(() => renewCertificates(config, ['kafka']));
    await renewCertificates(config, ['kafka'], days);
    // What a broker would show that had been started in time.
    const [cert, key] = ['crt', 'key'].map((end) => readFileSync(secretFile(config, `kafka.${end}`)));
    const server = createServer({ cert, key }, (socket) => socket.on('error', () => {}));
    server.on('tlsClientError', () => {});
    server.listen(0, host);
    await once(server, 'listening');
    const kafka = `${host}:${(server.address() as AddressInfo).port}`;
    try {
      await expect(ask(secured({ ORDERFLOW_KAFKA: kafka }))).rejects.toEqual(
        refused(`the certificate of Kafka at ${kafka} ${sentence}`),
      );
    } finally {
      server.close();
    }
  });
});

describe('a protocol', () => {
  it.each([
    ['plain text', () => ({ ORDERFLOW_KAFKA_PROTOCOL: 'PLAINTEXT' })],
    [
      'TLS without a log-in',
      () => ({ ORDERFLOW_KAFKA_PROTOCOL: 'SSL', ORDERFLOW_KAFKA_CA_FILE: secretFile(config, 'ca.crt') }),
    ],
    [
      'a log-in in plain text',
      () => ({
        ORDERFLOW_KAFKA_PROTOCOL: 'SASL_PLAINTEXT',
        ORDERFLOW_KAFKA_MECHANISM: 'SCRAM-SHA-512',
        ORDERFLOW_KAFKA_PASSWORD_FILE: secretFile(config, 'kafka', 'operator.password'),
      }),
    ],
  ] as [string, () => Record<string, string>][])('is named where one speaks %s', async (_what, settings) => {
    const access = secured({ ORDERFLOW_PROFILE: 'open', ORDERFLOW_KAFKA: config.kafka, ...settings() });
    await expect(ask(access)).rejects.toEqual(
      refused(`Kafka at ${config.kafka} speaks SASL_SSL: set ORDERFLOW_KAFKA_PROTOCOL to it`),
    );
  });

  it('is named where Kafka wants no log-in', async () => {
    const kafka = kafkaOwner(config).kafka;
    const { certFile, keyFile } = kafkaOwner(config).kafkaSecurity;
    const access = { ...config, kafka, kafkaSecurity: { ...config.kafkaSecurity, certFile, keyFile } };
    await expect(ask(access)).rejects.toThrow(`Kafka at ${kafka} speaks SSL: set ORDERFLOW_KAFKA_PROTOCOL to it`);
  });

  it('is named where Kafka is open', { timeout: 60_000 }, async () => {
    const open = await localStack();
    try {
      await up(open, { only: ['kafka'], progress: 'silent' });
      await expect(ask(secured({ ORDERFLOW_KAFKA: open.kafka }))).rejects.toThrow(
        `Kafka at ${open.kafka} speaks PLAINTEXT: set ORDERFLOW_KAFKA_PROTOCOL to it`,
      );
    } finally {
      await removeLocalStack(open);
    }
  });
});

describe('a right', () => {
  const grant = '`orderflow acls plan` shows what is missing, and `orderflow acls apply` grants it';

  it.each([
    [
      'to read a topic',
      'TOPIC',
      'valid_order',
      () => readTopic(actingAs(config, 'auditor'), 'valid_order', () => {}),
      `the topic valid_order: ${grant}`,
    ],
    [
      'to see how far a stage is',
      'GROUP',
      'router',
      () => stageLag(actingAs(config, 'auditor')),
      `the group router: ${grant}`,
    ],
    [
      'to read at all',
      'GROUP',
      'orderflow-reader-',
      () => readTopic(actingAs(config, 'auditor'), 'valid_order', () => {}),
      `the group orderflow-reader-*: ${grant}`,
    ],
  ] as const)('%s that is missing is named, and comes back', async (_what, type, name, work, sentence) => {
    const owner = kafkaOwner(config);
    await withKafkaAdmin(owner, (admin) =>
      admin.deleteAcls({
        filters: [allowing('auditor', 'READ', type, name), allowing('auditor', 'DESCRIBE', type, name)],
      }),
    );
    await vi.waitFor(() => expect(work()).rejects.toEqual(refused(`Kafka refuses auditor ${sentence}`)), patience);
    const { missing } = await planAcls(owner, config);
    expect(new Set(missing.map(({ resourceName }) => resourceName))).toEqual(new Set([name]));
    await applyAcls(owner, config);
    expect(isDone(await planAcls(owner, config))).toBe(true);
    await work();
  });
});
