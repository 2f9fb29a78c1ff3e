/** `orderflow customer-keys rewrap`. */
import type { CommandModule } from 'yargs';
import { changeInSteps } from '../audit/audited.js';
import { loadConfig } from '../config.js';
import { OperatorError } from '../errors.js';
import { addFileKey } from '../kms/file-kms.js';
import { rewrapKeys } from '../personal-data/rewrap.js';
import type { Command } from './command.js';
import { table } from './table.js';

interface RewrapArguments {
  newKey: boolean;
  json: boolean;
}

const rewrapCommand: CommandModule<object, RewrapArguments> = {
  command: 'rewrap',
  describe: "wrap the customers' keys with the KMS's newest key; nothing that is sealed changes",
  builder: (yargs) =>
    yargs
      .option('new-key', { type: 'boolean', default: false, describe: 'give the key file a new key before' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .example('orderflow customer-keys rewrap --new-key', 'while orders flow') as never,
  handler: async ({ newKey, json }) => {
    const config = loadConfig();
    if (newKey && config.kms.kind !== 'file')
      throw new OperatorError(
        'BAD_ARGUMENTS',
        '--new-key is for a key file: make the key in the KMS, and set ORDERFLOW_KMS_KEY_ID to it',
        { exitCode: 2 },
      );
    const result = await changeInSteps(
      config,
      'customer-keys rewrap',
      { details: { newKey } },
      async () => {
        if (newKey) await addFileKey(config.kms.keyFile);
        return rewrapKeys(config);
      },
      ({ rewrapped, unreadable }) => ({ details: { rewrapped, unreadable } }),
    );
    if (json) console.log(JSON.stringify(result));
    else {
      console.log(`wrapped anew: ${result.rewrapped}`);
      const rows = Object.entries(result.wrappedWith).map(([key, count]) => [key, String(count)]);
      if (rows.length > 0) console.log(table(['key of the KMS', 'keys wrapped with it'], rows));
    }
    if (result.unreadable > 0)
      throw new OperatorError(
        'KEYS_UNREADABLE',
        `${result.unreadable} keys are none that this KMS has wrapped: set the KMS that was in use before, and call again`,
      );
  },
};

export const customerKeysCommand: Command = {
  builder: (yargs) =>
    yargs
      .command(rewrapCommand as never)
      .example('orderflow customer-keys rewrap', "after the KMS's key was changed")
      .demandCommand(1, 'customer-keys rewrap'),
  handler: () => {},
};
