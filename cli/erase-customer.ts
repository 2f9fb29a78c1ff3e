/** `orderflow erase-customer ID`. */
import { changeInMetastore } from '../audit/audited.js';
import { loadConfig } from '../config.js';
import { OperatorError } from '../errors.js';
import { openKms } from '../kms/open-kms.js';
import type { Erasure } from '../metastore/customer-keys.js';
import { idProblem } from '../model/identifiers.js';
import { erase } from '../personal-data/erase.js';
import type { Command } from './command.js';
import { idFrom } from './ids.js';

interface Arguments {
  id: string;
  json: boolean;
}

/** Does not name the customer: what a command prints is kept somewhere. */
function asText({ keyIds, wasDefaulter }: Erasure): string {
  const done = [
    ...keyIds.map((keyId) => `the customer's key ${keyId} is deleted: what it has sealed cannot be read any more`),
    ...(wasDefaulter ? ['the customer is no longer listed as a payment defaulter'] : []),
  ];
  return done.length > 0 ? done.join('\n') : 'no key of this customer is here: erased before, or never seen';
}

export const eraseCustomerCommand: Command<Arguments> = {
  builder: (yargs) =>
    yargs
      .positional('id', { type: 'string', demandOption: true, describe: 'the customer id', coerce: idFrom })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .example('orderflow erase-customer C-000042', 'again, it changes nothing') as never,
  handler: async ({ id, json }) => {
    const problem = idProblem(id);
    if (problem !== null)
      throw new OperatorError('BAD_ARGUMENTS', `no customer can have this id: it ${problem}`, { exitCode: 2 });
    const config = loadConfig();
    const kms = openKms(config);
    const erasure = await changeInMetastore(
      config,
      'erase-customer',
      {},
      (client) => erase(client, kms, id),
      ({ keyIds, wasDefaulter }) => ({
        subjects: keyIds.map((keyId) => `customer key ${keyId}`),
        details: { keys: keyIds.length, wasDefaulter },
      }),
    ).finally(() => kms.close());
    if (json) return console.log(JSON.stringify(erasure));
    console.log(asText(erasure));
    if (config.personalData === 'plain')
      console.log('orders come plain here (ORDERFLOW_PERSONAL_DATA): topics hold those for as long as they are kept');
  },
};
