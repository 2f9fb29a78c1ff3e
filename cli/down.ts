/** `orderflow down`. */
import { loadConfig } from '../config.js';
import { dockerDown } from '../local/docker.js';
import { down } from '../local/down.js';
import { type ServiceName, serviceNames } from '../local/service.js';
import type { Command } from './command.js';
import { exitOnInterrupt } from './interrupt.js';

interface Arguments {
  service: ServiceName[] | undefined;
  docker: boolean;
  json: boolean;
}

export const downCommand: Command<Arguments> = {
  builder: (yargs) =>
    yargs
      .positional('service', { choices: serviceNames, array: true, describe: 'only these services' })
      .option('docker', { type: 'boolean', default: false, describe: 'what `up --docker` has started' })
      .option('json', { type: 'boolean', default: false, describe: 'no progress; one JSON object on stdout' })
      .example('orderflow down', 'stops everything, workers included')
      .example('orderflow down taskmanager', 'one service') as never,
  handler: async ({ service, docker, json }) => {
    const only = service?.length ? service : undefined;
    if (docker) return dockerDown(loadConfig(), only);
    exitOnInterrupt('`orderflow down` goes on');
    const stopped = await down(loadConfig(), { ...(only && { only }), progress: json ? 'silent' : 'list' });
    if (json) console.log(JSON.stringify({ stopped }));
    else console.log(stopped.length > 0 ? `stopped ${stopped.join(', ')}` : 'nothing was running');
  },
};
