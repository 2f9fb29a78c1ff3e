/** Entries of Kafka's ACLs, as kafkajs takes them: to grant them, and as filters. */
import kafkajs, { type AclEntry } from 'kafkajs';
import type { Operation } from '../../kafka/acls.js';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

/** `name` may do it from anywhere; a name of a resource that ends with `-` is a prefix. */
export const allowing = (
  name: string,
  operation: Operation,
  type: 'TOPIC' | 'GROUP' | 'CLUSTER',
  resourceName: string,
): AclEntry => ({
  principal: `User:${name}`,
  host: '*',
  operation: AclOperationTypes[operation],
  permissionType: AclPermissionTypes.ALLOW,
  resourceType: AclResourceTypes[type],
  resourceName,
  resourcePatternType: resourceName.endsWith('-') ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
});
