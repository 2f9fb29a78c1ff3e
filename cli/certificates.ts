/** `orderflow certificates`. */
import { loadConfig } from '../config.js';
import { OperatorError } from '../errors.js';
import { type CertificateHolder, certificateHolders, expiryOf, renewCertificates } from '../local/authority.js';
import { containerSecretsFolder, copySecrets } from '../local/container-secrets.js';
import { reloadPostgres } from '../local/postgres.js';
import type { Command } from './command.js';
import { positiveNumber } from './numbers.js';
import { table } from './table.js';

interface Arguments {
  action: 'list' | 'renew' | 'docker';
  holder: CertificateHolder[] | undefined;
  days: string;
  json: boolean;
}

export const certificatesCommand: Command<Arguments> = {
  builder: (yargs) =>
    yargs
      .positional('action', { choices: ['list', 'renew', 'docker'], demandOption: true, describe: 'what to do' })
      .positional('holder', { choices: certificateHolders, array: true, describe: 'these alone (default: all)' })
      .option('days', { type: 'string', requiresArg: true, default: '90', describe: 'how long new ones are valid' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .example('orderflow certificates list --profile secured', 'when each runs out')
      .example('orderflow certificates renew kafka --profile secured', 'a new one for the broker')
      .example(
        'orderflow certificates docker --profile secured',
        'makes what is missing, and copies it for docker-compose.secured.yml',
      ) as never,
  handler: async ({ action, holder, days, json }) => {
    const config = loadConfig();
    if (config.profile !== 'secured')
      throw new OperatorError(
        'NOT_SECURED',
        'the open stack has no certificates: say --profile secured, or set ORDERFLOW_PROFILE=secured',
      );
    if (action === 'docker') {
      await copySecrets(config);
      const folder = containerSecretsFolder(config);
      console.log(json ? JSON.stringify({ folder }) : `the containers' secrets are in ${folder}`);
      return;
    }
    const holders = holder?.length ? holder : certificateHolders;
    if (action === 'renew') {
      await renewCertificates(config, holders, positiveNumber('days', days));
      reloadPostgres(config);
    }
    const rows = await Promise.all(
      holders.map(async (name) => ({
        holder: name,
        validUntil: (await expiryOf(config, name))?.toISOString() ?? null,
      })),
    );
    if (json) return console.log(JSON.stringify({ certificates: rows }));
    console.log(
      table(
        ['holder', 'valid until'],
        rows.map(({ holder: name, validUntil }) => [name, validUntil ?? 'none: `orderflow up` makes it']),
      ),
    );
  },
};
