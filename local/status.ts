/** What runs of the local stack, and whether it works. */
import type { Config } from '../config.js';
import { familyOfService, findService } from './lifecycle.js';
import { readPid, runningProcess } from './pid-file.js';
import { listProcesses, memoryOf } from './processes.js';
import type { ServiceName } from './service.js';
import { isElsewhere, servicesOf } from './services.js';
import { readRestarts } from './supervision.js';

export const serviceStates = [
  /** Its process runs, and answers. */
  'up',
  /** Its process runs, but does not answer: it starts, or hangs. */
  'silent',
  /** It was started, and has ended by itself. */
  'died',
  /** Nobody started it, or it was stopped. */
  'down',
  /** The configuration names an address elsewhere, which answers. */
  'elsewhere',
  /** That address does not answer. */
  'unreachable',
] as const;
export type ServiceState = (typeof serviceStates)[number];

export interface ServiceStatus {
  readonly name: ServiceName;
  readonly what: string;
  readonly state: ServiceState;
  readonly pid?: number;
  /** The first port of its row; the TaskManager has none. */
  readonly port?: number;
  /** Memory of all its processes in bytes, what they share counted once. */
  readonly memoryBytes: number;
  readonly processes: number;
  /** How often the supervisor has started it again since the stack came up. */
  readonly restarts: number;
}

/** The state of every service, each asked itself; add-ons that nobody started are left out. Fails never: what cannot be asked is `silent` or `unreachable`. */
export async function stackStatus(config: Config): Promise<ServiceStatus[]> {
  const processes = listProcesses();
  const restarts = readRestarts(config);
  const rows = await Promise.all(
    servicesOf(config).map(async (service): Promise<ServiceStatus> => {
      const { name, what, ports, checkReady } = service;
      const isRemote = isElsewhere(config, service);
      const running = runningProcess(config, name);
      const family = running ? familyOfService(config, name, processes) : [];
      const isAsked = running !== undefined || isRemote;
      const answers =
        isAsked &&
        (await checkReady(config).then(
          () => true,
          () => false,
        ));
      return {
        name,
        what,
        state: state(isRemote, running !== undefined, answers, readPid(config, name) !== undefined),
        ...(running && { pid: running.pid }),
        ...(ports[0] && { port: config.ports[ports[0]] }),
        memoryBytes: family.reduce((sum, { pid }) => sum + memoryOf(pid), 0),
        processes: family.length,
        restarts: restarts.filter((restart) => restart.service === name).length,
      };
    }),
  );
  return rows.filter(({ name, state }) => state !== 'down' || !findService(name).addOn);
}

function state(isRemote: boolean, isRunning: boolean, answers: boolean, wasStarted: boolean): ServiceState {
  if (isRemote) return answers ? 'elsewhere' : 'unreachable';
  if (isRunning) return answers ? 'up' : 'silent';
  return wasStarted ? 'died' : 'down';
}
