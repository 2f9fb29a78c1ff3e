/** Topics of a test's own on a secured Kafka, with the rights that it names. */
import kafkajs from 'kafkajs';
import type { Config } from '../../config.js';
import { withKafkaAdmin } from '../../kafka/client.js';
import { asKafkaOwner } from '../../local/kafka.js';
import type { Principal } from '../../model/principals.js';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

/** Makes the topics, of one partition. Who is named may do anything with the topic. */
export const openTopics = (config: Config, topics: Readonly<Record<string, readonly Principal[]>>): Promise<void> =>
  withKafkaAdmin(asKafkaOwner(config), async (admin) => {
    await admin.createTopics({ topics: Object.keys(topics).map((topic) => ({ topic, numPartitions: 1 })) });
    const acl = Object.entries(topics).flatMap(([resourceName, names]) =>
      names.map((name) => ({
        principal: `User:${name}`,
        host: '*',
        operation: AclOperationTypes.ALL,
        permissionType: AclPermissionTypes.ALLOW,
        resourceType: AclResourceTypes.TOPIC,
        resourceName,
        resourcePatternType: ResourcePatternTypes.LITERAL,
      })),
    );
    await admin.createAcls({ acl });
  });
