/** What the shell completes beyond yargs' own commands, options and their choices. */
import type { FallbackCompletionFunction } from 'yargs';
import { stageNames } from '../model/stages.js';
import { commandTable } from './commands.js';

/** Names of stages, after a command that takes them. */
export const completeStages: FallbackCompletionFunction = (current, argv, complete, done) => {
  // What is being completed: `orderflow`, the command, and its words so far.
  const [, name] = argv._;
  const takesStages = commandTable.some(({ command }) => command.startsWith(`${name} <stage`));
  complete((_error, found) => {
    const stages = takesStages && !current.startsWith('-') ? [...stageNames, 'all'] : [];
    done([...(found ?? []), ...stages.filter((stage) => stage.startsWith(current))]);
  });
};
