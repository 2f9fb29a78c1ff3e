/** The argument STAGE… of commands on jobs. */
import { OperatorError } from '../errors.js';
import { stageNames, type StageName } from '../pipelines/stages.js';

/** The stages that were named, or all of them for `all`. Fails with UNKNOWN_STAGE. */
export function stagesFrom(names: readonly string[]): StageName[] {
  if (names.includes('all')) return [...stageNames];
  const unknown = names.filter((name) => !(stageNames as readonly string[]).includes(name));
  if (unknown.length > 0) {
    const message = `unknown stage "${unknown[0]}": name one or more of ${stageNames.join(', ')}, or all`;
    throw new OperatorError('UNKNOWN_STAGE', message, { exitCode: 2 });
  }
  return names as StageName[];
}
