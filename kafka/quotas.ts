/**
 * How much a user may ask of the brokers. kafkajs does not know these requests (KIP-546).
 * Sources: https://kafka.apache.org/protocol.html#The_Messages_AlterClientQuotas, https://kafka.apache.org/documentation/#design_quotas
 */
import { type Ask, failOn, listOf, readList } from './protocol.js';

/** By Kafka's names: bytes a second that it may write to a broker; percent of the time of a broker's threads (100 is one thread). */
export interface Quota {
  readonly producer_byte_rate?: number;
  readonly request_percentage?: number;
}

const exact = 0;

/** The quotas of users by their names, of those that have some. */
export async function quotasOf(ask: Ask, users: readonly string[]): Promise<Map<string, Quota>> {
  const found = await Promise.all(users.map((user) => quotaOf(ask, user)));
  return new Map(users.flatMap((user, index) => (found[index] ? [[user, found[index]]] : [])));
}

async function quotaOf(ask: Ask, user: string): Promise<Quota | undefined> {
  const [quota] = await ask({
    apiKey: 48,
    apiVersion: 1,
    apiName: 'DescribeClientQuotas',
    write: (to) =>
      to
        .writeUVarIntArray(
          listOf([user], (name, one) => one.writeUVarIntString('user').writeInt8(exact).writeUVarIntString(name)),
        )
        .writeBoolean(true), // of the user alone, not of the user with a client id
    read: (from) => {
      from.readInt32(); // throttle time
      const [errorCode, message] = [from.readInt16(), from.readUVarIntString()];
      failOn(errorCode, message);
      return readList(from, (one) => {
        readList(one, (entity) => [entity.readUVarIntString(), entity.readUVarIntString()]);
        const values = readList(one, (value) => [value.readUVarIntString()!, value.readDouble()] as const);
        return Object.fromEntries(values) as Quota;
      });
    },
  });
  return quota;
}

/** Sets what is a number, and removes what is undefined. Fails with what Kafka says of the first user that it refuses. */
export async function setQuotas(
  ask: Ask,
  quotas: ReadonlyMap<string, Readonly<Record<string, number | undefined>>>,
): Promise<void> {
  const results = await ask({
    apiKey: 49,
    apiVersion: 1,
    apiName: 'AlterClientQuotas',
    write: (to) =>
      to
        .writeUVarIntArray(
          listOf(quotas, ([user, quota], one) =>
            one
              .writeUVarIntArray(
                listOf([user], (name, entity) => entity.writeUVarIntString('user').writeUVarIntString(name)),
              )
              .writeUVarIntArray(
                listOf(Object.entries(quota), ([key, value], change) =>
                  change
                    .writeUVarIntString(key)
                    .writeDouble(value ?? 0)
                    .writeBoolean(value === undefined),
                ),
              ),
          ),
        )
        .writeBoolean(false), // not merely tried
    read: (from) => {
      from.readInt32(); // throttle time
      return readList(from, (one) => {
        const [errorCode, message] = [one.readInt16(), one.readUVarIntString()];
        readList(one, (entity) => [entity.readUVarIntString(), entity.readUVarIntString()]);
        return { errorCode, message };
      });
    },
  });
  for (const { errorCode, message } of results) failOn(errorCode, message);
}
