/** What was refused, and why, where an error of kafkajs does not say it: by asking Kafka again, and by looking at one's own files. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Kafka } from 'kafkajs';
import type { OperatorError } from '../errors.js';
import { usesSasl, usesTls } from '../model/kafka-security.js';
import { forPrincipal } from '../model/principals.js';
import { rightsOf } from './acls.js';
import { groupOperations, topicOperations } from './authorized.js';
import { clusterOf } from './kafkajs.js';
import { spokenAt } from './probe.js';
import { askVia } from './protocol.js';
import { chainOf, type Refusal, refusalIn, refusedError } from './refusals.js';
import { type KafkaAccess, kafkajsSecurity } from './security.js';

/**
 * KAFKA_REFUSED, if that is what the error means; undefined where Kafka is merely not there, or said something else. `client` makes a client
 * like the one that was refused.
 */
export async function refusalBehind(
  error: unknown,
  access: KafkaAccess,
  client: () => Kafka,
): Promise<OperatorError | undefined> {
  const failed = [...chainOf(error)].find((one) => one.broker !== undefined);
  const broker = failed?.broker ?? access.kafka;
  const seen = refusalIn(error);
  const refusal = await exactly(seen, error, access, broker, client).catch(() => seen);
  return refusal && refusedError(refusal, { who: whoIs(access), broker }, error);
}

const whoIs = ({ principal = 'operator', kafkaSecurity }: KafkaAccess): string =>
  forPrincipal(kafkaSecurity?.user || '{principal}', principal);

async function exactly(
  refusal: Refusal | undefined,
  error: unknown,
  access: KafkaAccess,
  broker: string,
  client: () => Kafka,
): Promise<Refusal | undefined> {
  switch (refusal?.of) {
    case 'topic':
    case 'group':
      return { of: refusal.of, names: await lacking(access, refusal.of, client()) };
    case 'certificate':
      return { of: 'certificate', detail: ranOut(access) };
    case 'protocol':
      return (await otherProtocol(access, broker)) ?? refusal;
    case undefined:
      if (hidesGroup(error)) return groupIn(await lacking(access, 'group', client()));
      return wasClosed(error) ? otherProtocol(access, broker) : undefined;
    default:
      return refusal;
  }
}

/** What the principal lacks of its rights by the table, by the names of topics or groups; empty where that is nothing, or cannot be seen. */
async function lacking(
  { principal = 'operator' }: KafkaAccess,
  type: 'topic' | 'group',
  client: Kafka,
): Promise<string[]> {
  const rights = rightsOf(principal).filter(({ resource }) => resource.type === type);
  const names = rights.map(({ resource }) => resource.name);
  const cluster = clusterOf(client);
  try {
    await cluster.connect();
    const ask = askVia(cluster);
    const allowed = await (type === 'topic' ? topicOperations(ask, names) : groupOperations(ask, names));
    return rights
      .filter(({ resource: { name }, operations }) => !operations.every((one) => allowed.get(name)?.includes(one)))
      .map(({ resource: { name, pattern } }) => (pattern === 'prefixed' ? `${name}*` : name));
  } finally {
    await cluster.disconnect();
  }
}

function ranOut({ kafkaSecurity, principal = 'operator' }: KafkaAccess): string | undefined {
  if (!kafkaSecurity?.certFile) return 'of which there is none: ORDERFLOW_KAFKA_CERT_FILE is not set';
  const { validTo } = new X509Certificate(readFileSync(forPrincipal(kafkaSecurity.certFile, principal)));
  return new Date(validTo).getTime() < Date.now() ? `which ran out on ${validTo}` : undefined;
}

/** What kafkajs says where nobody tells it a group's coordinator, for whatever reason. */
const hidesGroup = (error: unknown): boolean =>
  [...chainOf(error)].some(({ name }) => name === 'KafkaJSGroupCoordinatorNotFound');

const groupIn = (names: readonly string[]): Refusal | undefined =>
  names.length > 0 ? { of: 'group', names } : undefined;

/** What kafkajs says where the broker has closed the connection without a word. */
const wasClosed = (error: unknown): boolean =>
  [...chainOf(error)].some(({ name, code }) => name === 'KafkaJSConnectionClosedError' || code === 'ECONNRESET');

async function otherProtocol(access: KafkaAccess, broker: string): Promise<Refusal | undefined> {
  const { kafkaSecurity } = access;
  const [wantsTls, wantsSasl] = kafkaSecurity ? [usesTls(kafkaSecurity), usesSasl(kafkaSecurity)] : [false, false];
  const spoken = await spokenAt(broker, kafkajsSecurity(access).tls?.());
  if (!spoken) return undefined;
  const { isTls, isSasl = wantsSasl } = spoken;
  if (isTls === wantsTls && isSasl === wantsSasl) return undefined;
  return { of: 'protocol', detail: `${isSasl ? 'SASL_' : ''}${isTls ? 'SSL' : 'PLAINTEXT'}` };
}
