/** Secrets that are changed under load, as docs/operations.md says; what uses them is made to connect anew right after. */
import { setUsers } from '../kafka/scram-users.js';
import { renewCertificates, renewSecret } from '../local/authority.js';
import { down } from '../local/down.js';
import { kafkaOwner, kafkaUsers } from '../local/kafka.js';
import { reloadPostgres } from '../local/postgres.js';
import { up } from '../local/up.js';
import { rotatePassword } from '../metastore/rotation.js';
import { stageNames } from '../model/stages.js';
import type { StrikeContext, Struck } from './strike.js';
import { killServices } from './strikes.js';

/** New passwords for the five stages, and `kill -9` to Kafka: nobody is let in with the old ones. */
export async function rotateKafkaPasswords({ config }: StrikeContext): Promise<Struck> {
  for (const name of stageNames) await renewSecret(config, `kafka/${name}.password`);
  await setUsers(kafkaOwner(config), kafkaUsers(config), stageNames);
  const struck = await killServices(config, ['kafka']);
  return { ...struck, target: 'five passwords, and kafka' };
}

/** New passwords for the five roles, and `kill -9` to PostgreSQL: the same. */
export async function rotateDatabasePasswords({ config }: StrikeContext): Promise<Struck> {
  for (const name of stageNames) await rotatePassword(config, name);
  const struck = await killServices(config, ['postgres']);
  return { ...struck, target: 'five passwords, and postgres' };
}

/** New certificates for all who have one; PostgreSQL reads its own again, and Kafka does when it starts. */
export async function rotateCertificates({ config }: StrikeContext): Promise<Struck> {
  const at = Date.now();
  await renewCertificates(config);
  reloadPostgres(config);
  const only = ['kafka'] as const;
  await down(config, { only, progress: 'silent' });
  await up(config, { only, progress: 'silent' });
  return { at, target: 'all certificates, and a restart of kafka', services: [] };
}

/** A new token, which the partner and the external-processor read at the next request. */
export async function rotatePartnerToken({ config }: StrikeContext): Promise<Struck> {
  const at = Date.now();
  await renewSecret(config, 'partner.token');
  return { at, target: 'the token of the stand-in', services: [] };
}
