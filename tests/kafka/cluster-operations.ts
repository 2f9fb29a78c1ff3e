/** What who asks may do with the cluster, by the word of the broker. */
import type { Operation } from '../../kafka/acls.js';
import { operationsOf } from '../../kafka/authorized.js';
import { type Ask, readList } from '../../kafka/protocol.js';

/** Source: https://kafka.apache.org/protocol.html#The_Messages_DescribeCluster */
export async function clusterOperations(ask: Ask): Promise<Operation[]> {
  const bits = await ask({
    apiKey: 60,
    apiVersion: 0,
    apiName: 'DescribeCluster',
    write: (to) => to.writeBoolean(true),
    read: (from) => {
      from.readInt32(); // throttle time
      from.readInt16();
      for (let field = 0; field < 2; field += 1) from.readUVarIntString(); // error, cluster
      from.readInt32(); // controller
      readList(from, (broker) => {
        broker.readInt32();
        broker.readUVarIntString();
        broker.readInt32();
        broker.readUVarIntString();
      });
      return from.readInt32();
    },
  });
  return operationsOf(bits);
}
