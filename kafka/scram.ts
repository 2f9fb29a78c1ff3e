/**
 * Passwords of Kafka's users, for SCRAM-SHA-512. kafkajs does not know these requests (KIP-554).
 * Sources: https://kafka.apache.org/protocol.html#The_Messages_AlterUserScramCredentials, RFC 5802.
 */
import { pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { type Ask, failOn, listOf, readList } from './protocol.js';

const sha512 = 2;
/** As Kafka's own tools take it; kafkajs refuses less than 4096. */
const iterations = 8192;
const bytes = 64;

/** The error of a user that has no password. */
const unknownUser = 91;

/** Those of the users that have a password for SCRAM-SHA-512. */
export async function usersWithPassword(ask: Ask, users: readonly string[]): Promise<Set<string>> {
  const found = await ask({
    apiKey: 50,
    apiVersion: 0,
    apiName: 'DescribeUserScramCredentials',
    write: (to) => to.writeUVarIntArray(listOf(users, (user, one) => one.writeUVarIntString(user))),
    read: (from) => {
      from.readInt32(); // throttle time
      const [errorCode, message] = [from.readInt16(), from.readUVarIntString()];
      failOn(errorCode, message);
      return readList(from, (one) => ({
        user: one.readUVarIntString()!,
        errorCode: one.readInt16(),
        message: one.readUVarIntString(),
        mechanisms: readList(one, (credential) => [credential.readInt8(), credential.readInt32()][0]!),
      }));
    },
  });
  for (const { errorCode, message } of found) if (errorCode !== unknownUser) failOn(errorCode, message);
  return new Set(found.filter(({ mechanisms }) => mechanisms.includes(sha512)).map(({ user }) => user));
}

const saltedPassword = promisify(pbkdf2);

/**
 * Gives each user its password; those that are connected stay so. What travels is the salted password, from which nobody gets the password
 * back. Fails with what Kafka says of the first one that it refuses.
 */
export async function setPasswords(ask: Ask, passwords: ReadonlyMap<string, string>): Promise<void> {
  const credentials = await Promise.all(
    [...passwords].map(async ([user, password]) => {
      const salt = randomBytes(32);
      return { user, salt, salted: await saltedPassword(password, salt, iterations, bytes, 'sha512') };
    }),
  );
  const results = await ask({
    apiKey: 51,
    apiVersion: 0,
    apiName: 'AlterUserScramCredentials',
    write: (to) =>
      to
        .writeUVarIntArray([]) // none are deleted
        .writeUVarIntArray(
          listOf(credentials, ({ user, salt, salted }, one) =>
            one
              .writeUVarIntString(user)
              .writeInt8(sha512)
              .writeInt32(iterations)
              .writeUVarIntBytes(salt)
              .writeUVarIntBytes(salted),
          ),
        ),
    read: (from) => {
      from.readInt32(); // throttle time
      return readList(from, (one) => ({
        user: one.readUVarIntString(),
        errorCode: one.readInt16(),
        message: one.readUVarIntString(),
      }));
    },
  });
  for (const { errorCode, message } of results) failOn(errorCode, message);
}
