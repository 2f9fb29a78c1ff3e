/** Whether the partners file can be used, before a stage is submitted that needs it. */
import type { Config } from '../config.js';
import type { StageName } from '../model/stages.js';
import { checkPartnersFile } from '../transforms/delivery/partners-file.js';

/** Fails with BAD_PARTNERS_FILE. Where the workers are elsewhere the file is, too: they say it in the reasons of the orders that wait. */
export async function checkPartners(
  { partnersFile, remote }: Pick<Config, 'partnersFile' | 'remote'>,
  names: readonly StageName[],
): Promise<void> {
  if (partnersFile === '' || remote.workerPool || !names.includes('external-processor')) return;
  await checkPartnersFile(partnersFile);
}
