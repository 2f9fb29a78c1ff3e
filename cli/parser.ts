/** The command line of `orderflow`. */
import yargs from 'yargs';
import { profiles } from '../model/profiles.js';
import { commandsFor } from './commands.js';
import { completeStages } from './completion.js';
import { failWith, helpWidth } from './program.js';

/** A parser of these words, with the commands among them loaded. What is wrong with them is an OperatorError BAD_ARGUMENTS. */
export const parserFor = async (words: readonly string[]) =>
  yargs([...words])
    .scriptName('orderflow')
    .option('profile', {
      choices: profiles,
      requiresArg: true,
      describe: 'the local stack that is meant (default: ORDERFLOW_PROFILE)',
    })
    .middleware(({ profile }) => {
      if (profile !== undefined) process.env.ORDERFLOW_PROFILE = String(profile);
    }, true)
    .command(await commandsFor(words))
    .completion(
      'completion',
      'print a script for bash or zsh that completes commands, options and stages',
      completeStages,
    )
    .demandCommand(1, 'name a command: `orderflow --help` lists them')
    .strict()
    .recommendCommands()
    .wrap(helpWidth())
    .help()
    .alias('h', 'help')
    .version()
    .fail(failWith(' (see `orderflow --help`)'));
