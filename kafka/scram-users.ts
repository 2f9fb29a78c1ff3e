/** The users that log in to Kafka with a password: each is given that of its file. */
import { existsSync } from 'node:fs';
import { forPrincipal, type Principal, principals } from '../model/principals.js';
import { readSecret } from '../model/secret-file.js';
import { checkBroker, withBroker } from './client.js';
import { refusalIn } from './refusals.js';
import { setPasswords, usersWithPassword } from './scram.js';
import type { KafkaAccess } from './security.js';

export interface UserChange {
  readonly user: string;
  readonly action: 'created' | 'changed' | 'unchanged';
}

/** What a log-in may take, in ms. */
const patienceMs = 5_000;

interface Users {
  /** How the users log in, and where their passwords are: those of the settings. */
  readonly access: Required<Pick<KafkaAccess, 'kafka' | 'kafkaSecurity'>>;
  /** Outside Orderflow: those of them that have a file of their own. */
  readonly producers: readonly string[];
}

const passwordFile = ({ access: { kafkaSecurity } }: Users, name: string) =>
  forPrincipal(kafkaSecurity.passwordFile, name as Principal);

const userOf = ({ access: { kafkaSecurity } }: Users, name: string) =>
  forPrincipal(kafkaSecurity.user, name as Principal);

/** All whose passwords Orderflow knows. */
const known = (users: Users): string[] => [
  ...principals,
  ...users.producers.filter((name) => existsSync(passwordFile(users, name))),
];

/**
 * Sets the passwords of the users that have none, or that cannot log in with the one in their file: Kafka keeps nothing that one could compare.
 * May be called again. Throws KAFKA_UNREACHABLE, KAFKA_REFUSED, and BAD_SECRET_FILE. `owner` is who may do it, as he connects.
 */
export async function applyUsers(owner: KafkaAccess, users: Users): Promise<UserChange[]> {
  const names = known(users);
  const had = await withBroker(owner, 'orderflow-users', (ask) =>
    usersWithPassword(
      ask,
      names.map((name) => userOf(users, name)),
    ),
  );
  const changes = await Promise.all(
    names.map(async (name): Promise<UserChange & { name: string }> => {
      const user = userOf(users, name);
      if (!had.has(user)) return { name, user, action: 'created' };
      return { name, user, action: (await canLogIn(users, name)) ? 'unchanged' : 'changed' };
    }),
  );
  const due = changes.filter(({ action }) => action !== 'unchanged').map(({ name }) => name);
  await setUsers(owner, users, due);
  return changes.map(({ user, action }) => ({ user, action }));
}

async function canLogIn({ access }: Users, name: string): Promise<boolean> {
  try {
    // Whatever the settings say: it is the password that is tried.
    const kafkaSecurity = { ...access.kafkaSecurity, mechanism: 'SCRAM-SHA-512' as const };
    await checkBroker({ ...access, kafkaSecurity, principal: name as Principal }, patienceMs);
    return true;
  } catch (error) {
    if (refusalIn(error)?.of === 'log-in') return false;
    throw error;
  }
}

/** Sets the passwords of these, whatever they had; who is connected stays so. Throws as applyUsers does. */
export async function setUsers(owner: KafkaAccess, users: Users, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const passwords = new Map(
    names.map((name) => [userOf(users, name), readSecret(passwordFile(users, name), 'the password for Kafka')]),
  );
  await withBroker(owner, 'orderflow-users', (ask) => setPasswords(ask, passwords));
}
