/** The arguments STAGE and STAGE… of commands, and what those that submit have in common. */
import { OperatorError } from '../errors.js';
import { stageNames, type StageName } from '../model/stages.js';

/** The stage that was named. Fails with UNKNOWN_STAGE. */
export function stageFrom(name: string): StageName {
  const stage = stageNames.find((each) => each === name);
  if (stage) return stage;
  const message = `unknown stage "${name}": the stages are ${stageNames.join(', ')}`;
  throw new OperatorError('UNKNOWN_STAGE', message, { exitCode: 2 });
}

/** The stages that were named, or all of them for `all`. Fails with UNKNOWN_STAGE. */
export const stagesFrom = (names: readonly string[]): StageName[] =>
  names.includes('all') ? [...stageNames] : names.map(stageFrom);

/** For yargs. */
export const dropStateOption = {
  type: 'boolean',
  default: false,
  describe: 'start also where a part of the state has no step any more, and drop that part',
} as const;

/** Stages, as the audit trail names them. */
export const stageSubjects = (names: readonly string[]): string[] => names.map((name) => `stage ${name}`);
