/** THE table of settings: every environment variable with its default, type and meaning. config.ts reads them. */
import { localSettings } from './settings/local.js';
import { pageSettings } from './settings/page.js';
import { personalDataSettings } from './settings/personal-data.js';
import { pipelineSettings } from './settings/pipelines.js';
import { placeSettings } from './settings/places.js';
import { securitySettings } from './settings/security.js';

/** The environment variables. Their order is that of the table in docs/configuration.md, which a test compares with this. */
export const settings = {
  ...localSettings,
  ...pageSettings,
  ...placeSettings,
  ...securitySettings,
  ...pipelineSettings,
  ...personalDataSettings,
} as const;
