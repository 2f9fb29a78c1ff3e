/** `orderflow up`. */
import { loadConfig } from '../config.js';
import { composeCommand, dockerUp } from '../local/docker.js';
import { type AddOn, type ServiceName, serviceNames } from '../local/service.js';
import { up } from '../local/up.js';
import { withOption } from './add-ons.js';
import type { Command } from './command.js';
import { exitOnInterrupt } from './interrupt.js';

interface Arguments {
  service: ServiceName[] | undefined;
  with: AddOn[];
  docker: boolean;
  json: boolean;
}

export const upCommand: Command<Arguments> = {
  builder: (yargs) =>
    yargs
      .positional('service', { choices: serviceNames, array: true, describe: 'only these services' })
      .option('with', withOption)
      .option('docker', {
        type: 'boolean',
        default: false,
        describe: 'with docker-compose.yml instead of local processes',
      })
      .option('json', { type: 'boolean', default: false, describe: 'no progress; one JSON object on stdout' })
      .example('orderflow up', 'the whole stack; safe to run again')
      .example('orderflow up --with druid', 'with Apache Druid beside it')
      .example('orderflow up kafka postgres', 'two services of it')
      .example('orderflow up --docker', 'the same services as containers') as never,
  handler: async ({ service, with: wanted, docker, json }) => {
    const config = loadConfig();
    const only = service?.length ? service : undefined;
    if (docker) {
      await dockerUp(config, { only, with: wanted });
      console.log(
        `the containers are up; jobs are submitted from inside: ${composeCommand(config)} run --rm orderflow submit all`,
      );
      return;
    }
    exitOnInterrupt('what has started stays up; `orderflow up` goes on, and `orderflow down` stops it');
    const result = await up(config, { ...(only && { only }), addOns: wanted, progress: json ? 'silent' : 'list' });
    if (json) return console.log(JSON.stringify({ ...result, flinkUrl: config.flinkUrl }));
    const took = `${(result.setupSeconds + result.startSeconds).toFixed(1)} s`;
    const what =
      result.started.length > 0 ? `started ${result.started.join(', ')}` : 'all services were up already, checked';
    console.log(`${what} in ${took}; Flink's web UI: ${config.flinkUrl}`);
  },
};
