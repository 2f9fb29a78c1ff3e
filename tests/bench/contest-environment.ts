/** The settings of a stack for a contestant: free ports, and the jars that all tests share. */
import { join } from 'node:path';
import { projectRoot } from '../../config.js';
import { portSettings } from '../../local/service.js';
import { freePorts } from '../free-ports.js';

export async function contestEnvironment(): Promise<NodeJS.ProcessEnv> {
  const names = Object.values(portSettings);
  const ports = await freePorts(names.length);
  return {
    ORDERFLOW_JARS: join(projectRoot, '.orderflow', 'jars'),
    ...Object.fromEntries(names.map((name, index) => [name, String(ports[index])])),
  };
}
