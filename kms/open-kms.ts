/** The KMS that the configuration names. */
import type { Config } from '../config.js';
import { createFileKms } from './file-kms.js';
import type { Kms } from './kms.js';

/** AWS's client takes a while to load, and most installations of development never ask it. */
const awsKms = async ({ keyId, endpoint }: Config['kms']): Promise<Kms> =>
  (await import('./aws-kms.js')).createAwsKms({ keyId, endpoint });

/** Opens nothing before it is asked. See Kms. */
export function openKms({ kms: settings }: Pick<Config, 'kms'>): Kms {
  if (settings.kind === 'file') return createFileKms(settings.keyFile);
  let opened: Promise<Kms> | undefined;
  const kms = () => (opened ??= awsKms(settings));
  return {
    wrap: async (...asked) => (await kms()).wrap(...asked),
    unwrap: async (...asked) => (await kms()).unwrap(...asked),
    rewrap: async (...asked) => (await kms()).rewrap(...asked),
    close: () => void opened?.then((one) => one.close()),
  };
}
