/**
 * What a submission tells its workers. A stage's settings are read once, where it is submitted, and travel in the options of its
 * batch functions; a worker's own environment has no say in them. The address of PostgreSQL, which holds a password, stays there,
 * and so does that of the KMS, whose key file lies elsewhere on each machine.
 */
import { z } from 'zod';
import { loadConfig, type Config } from '../config.js';
import { settings } from '../settings.js';
import { PublicError } from '../errors.js';
import { fusedFunction } from '../model/fusion.js';
import { redeliveryFunction, type StageName } from '../model/stages.js';

/** The names of the batch functions. */
export type FunctionName = StageName | typeof redeliveryFunction | typeof fusedFunction;

/** THE table of the settings that travel. docs/configuration.md says the same of them. */
export const travellingSettings = [
  'ORDERFLOW_PARTNER_URL',
  'ORDERFLOW_PARTNERS_FILE',
  'ORDERFLOW_MAX_ORDER_BYTES',
  'ORDERFLOW_POSTGRES_CONNECTIONS',
  'ORDERFLOW_RETENTION_MS',
  'ORDERFLOW_DEAD_LETTER_RETENTION_MS',
  'ORDERFLOW_KEEP_DAYS',
  'ORDERFLOW_ALLOWED_LATENESS_MS',
  'ORDERFLOW_PARTNER_TIMEOUT_MS',
  'ORDERFLOW_PARTNER_CONCURRENCY',
  'ORDERFLOW_PARTNER_ATTEMPTS',
  'ORDERFLOW_PARTNER_RETRY_MS',
  'ORDERFLOW_PARTNER_RETRY_MAX_MS',
  'ORDERFLOW_PARTNER_MAX_TRIES',
  'ORDERFLOW_PARTNER_GIVE_UP_MS',
  'ORDERFLOW_PERSONAL_DATA',
] as const satisfies readonly (keyof typeof settings)[];

/** The settings as texts, as an environment has them, each with a value. */
export type StageOptions = Readonly<Record<(typeof travellingSettings)[number], string>>;

/** The options of a stage's functions, where it is submitted. */
export function stageOptions(config: Config): StageOptions {
  const texts = travellingSettings.map((name) => [name, config.environment[name] ?? settings[name].default]);
  // What points to the local stack unless it is set, points to that of the submission; a path begins where it is submitted.
  const { partnerUrl: ORDERFLOW_PARTNER_URL, partnersFile: ORDERFLOW_PARTNERS_FILE } = config;
  // By the submission's profile.
  const { personalData: ORDERFLOW_PERSONAL_DATA } = config;
  const own = { ORDERFLOW_PARTNER_URL, ORDERFLOW_PARTNERS_FILE, ORDERFLOW_PERSONAL_DATA };
  return { ...(Object.fromEntries(texts) as StageOptions), ...own };
}

const valueOf = (name: (typeof travellingSettings)[number]) =>
  z.string('is missing').pipe(settings[name].schema as z.ZodType<unknown, string>);

const arrived = z.strictObject(Object.fromEntries(travellingSettings.map((name) => [name, valueOf(name)])));

/** The stage whose job has a batch function. */
export function stageOf(functionName: FunctionName): StageName {
  if (functionName === redeliveryFunction) return 'external-processor';
  return functionName === fusedFunction ? 'validator' : functionName;
}

/**
 * A worker's configuration for a function: its environment, with the submission's settings over it. Throws PublicError, which names the
 * stage and each option that is missing, unknown, or no value of its setting.
 */
export function workerConfig(
  functionName: FunctionName,
  options: unknown,
  environment: Record<string, string | undefined> = process.env,
): Config {
  const { error } = arrived.safeParse(options);
  if (!error) return loadConfig({ ...environment, ...(options as StageOptions) });
  const stage = stageOf(functionName);
  const problems = error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(' '));
  throw new PublicError(
    `${stage} was submitted with options that this worker does not take (${problems.join('; ')}): ` +
      `restart the worker pool if its code is older than the submission, or else \`orderflow restart ${stage}\``,
  );
}
