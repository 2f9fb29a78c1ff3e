/** What the stages' functions need of the world, by a configuration: metastore, keys and partners. */
import type { Config } from '../config.js';
import { openKms } from '../kms/open-kms.js';
import { databaseOf } from '../metastore/database.js';
import { createPostgresMetastore } from '../metastore/postgres.js';
import type { Principal } from '../model/principals.js';
import { createKeyring } from '../personal-data/keyring.js';
import { createVault } from '../personal-data/vault.js';
import { createPartnerClient } from '../transforms/delivery/partner-client.js';
import type { StageDependencies } from './stage-functions.js';
import { createUpkeepStarter } from './upkeep-starter.js';

export interface OpenDependencies extends StageDependencies {
  /** Gives connections back, after the calls under way. */
  close(): Promise<void>;
}

/** Asks the metastore as `principal`. Connects when it is first used; throws where the configuration names no KMS that there is. */
export function openDependencies(config: Config, principal: Principal): OpenDependencies {
  const metastore = createPostgresMetastore(databaseOf(config, principal), { connections: config.postgresConnections });
  const kms = openKms(config);
  const partner = createPartnerClient({
    url: config.partnerUrl,
    partnersFile: config.partnersFile,
    ...config.partner,
  });
  return {
    metastore,
    vault: createVault(createKeyring({ kms, metastore })),
    personalData: config.personalData,
    partner,
    clock: Date.now,
    maxOrderBytes: config.maxOrderBytes,
    allowedLatenessMs: config.allowedLatenessMs,
    retry: config.partner,
    startUpkeep: createUpkeepStarter(config, Date.now),
    async close() {
      await Promise.all([partner.close(), metastore.close(), kms.close()]);
    },
  };
}
