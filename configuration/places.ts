/** Where the project is, and where the local stack writes. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import type { settings } from '../settings.js';

/** The folder that holds package.json, from the sources as from dist/. */
export const projectRoot = (() => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
})();

/** The settings' values. */
export type Settings = { [name in keyof typeof settings]: z.infer<(typeof settings)[name]['schema']> };

/** The folder for what the stack writes: each profile has its own. */
export const homeOf = (env: Settings) =>
  join(resolve(projectRoot, env.ORDERFLOW_HOME), env.ORDERFLOW_PROFILE === 'secured' ? 'secured' : '');

/** The certificates, keys and passwords of the secured local stack. */
export const secretsOf = (env: Settings) =>
  env.ORDERFLOW_SECRETS === '' ? join(homeOf(env), 'secrets') : resolve(projectRoot, env.ORDERFLOW_SECRETS);
