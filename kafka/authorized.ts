/** What a principal may really do, by the brokers' own word: they answer it with the state of topics, groups and the cluster (KIP-430). */
import { type Operation, operations } from './acls.js';
import { metadataOf, topicRefused } from './metadata.js';
import { type Ask, failOn, type Question, readList, writeTexts } from './protocol.js';

/** The numbers of the operations in the protocol: https://kafka.apache.org/documentation/#operations_in_kafka */
const numbers: Readonly<Record<Operation, number>> = {
  READ: 3,
  WRITE: 4,
  CREATE: 5,
  DELETE: 6,
  ALTER: 7,
  DESCRIBE: 8,
  DESCRIBE_CONFIGS: 10,
  ALTER_CONFIGS: 11,
};

/** A bit an operation. */
export const operationsOf = (bits: number): Operation[] =>
  operations.filter((name) => (bits & (1 << numbers[name])) !== 0);

/** What who asks may do with each of the topics, whether they are there or not; nothing, where it may not even describe one. */
export async function topicOperations(ask: Ask, topics: readonly string[]): Promise<Map<string, Operation[]>> {
  const found = await ask(metadataOf(topics, { withOperations: true }));
  return new Map(
    found.map(({ name, errorCode, operations }) => [name, errorCode === topicRefused ? [] : operationsOf(operations)]),
  );
}

const groupRefused = 30;

/** The same of consumer groups, of which the broker that is asked is the coordinator: another one throws. */
export async function groupOperations(ask: Ask, groups: readonly string[]): Promise<Map<string, Operation[]>> {
  const found = await ask(describeGroups(groups));
  return new Map(
    found.map(({ name, errorCode, bits }) => {
      if (errorCode !== groupRefused) failOn(errorCode);
      return [name, errorCode === groupRefused ? [] : operationsOf(bits)];
    }),
  );
}

/** Source: https://kafka.apache.org/protocol.html#The_Messages_DescribeGroups */
const describeGroups = (groups: readonly string[]): Question<{ name: string; errorCode: number; bits: number }[]> => ({
  apiKey: 15,
  apiVersion: 5,
  apiName: 'DescribeGroups',
  write: (to) => writeTexts(to, groups).writeBoolean(true),
  read: (from) => {
    from.readInt32(); // throttle time
    return readList(from, (one) => {
      const [errorCode, name] = [one.readInt16(), one.readUVarIntString()!];
      for (let field = 0; field < 3; field += 1) one.readUVarIntString(); // state, protocol's type and name
      readList(one, (member) => {
        for (let field = 0; field < 4; field += 1) member.readUVarIntString(); // its ids and its host
        for (let field = 0; field < 2; field += 1) member.readUVarIntBytes(); // what it subscribed to, and has
      });
      return { errorCode, name, bits: one.readInt32() };
    });
  },
});
