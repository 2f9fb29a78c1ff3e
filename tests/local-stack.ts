/** A configuration for a test's own local stack: free ports, a folder of its own, the jars shared with all others. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, loadConfig, projectRoot } from '../config.js';
import { down } from '../local/down.js';
import { portSettings } from '../local/service.js';
import { freePorts } from './free-ports.js';

/** A name with all that means something somewhere: to shells, URLs, class paths, properties, and where a file name is no ASCII. */
export const hardName = `a #1 %41'"ü$=`;

/** Free ports, and the jars that all tests share. */
export async function stackSettings(): Promise<Record<string, string>> {
  const names = Object.values(portSettings);
  const ports = await freePorts(names.length);
  return {
    ORDERFLOW_JARS: join(projectRoot, '.orderflow', 'jars'),
    ...Object.fromEntries(names.map((name, index) => [name, String(ports[index])])),
  };
}

/** Nothing runs yet: `up(config, { only: […] })` starts services. */
export async function localStack(settings: Record<string, string> = {}): Promise<Config> {
  return loadConfig({
    ORDERFLOW_HOME: await mkdtemp(join(tmpdir(), `orderflow-stack ${hardName}-`)),
    ...(await stackSettings()),
    ...settings,
  });
}

/** Stops what runs, and deletes the folder. */
export async function removeLocalStack(config: Config): Promise<void> {
  await down(config, { progress: 'silent' });
  await rm(config.home, { recursive: true, force: true });
}
