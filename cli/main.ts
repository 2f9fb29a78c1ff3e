/** The `orderflow` command. */
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { commandsFor } from './commands.js';
import { completeStages } from './completion.js';
import { failWith, runProgram } from './program.js';

const words = hideBin(process.argv);

await runProgram('orderflow', async () =>
  yargs(words)
    .scriptName('orderflow')
    .command(await commandsFor(words))
    .completion(
      'completion',
      'print a script for bash or zsh that completes commands, options and stages',
      completeStages,
    )
    .demandCommand(1, 'name a command: `orderflow --help` lists them')
    .strict()
    .recommendCommands()
    .wrap(110)
    .help()
    .alias('h', 'help')
    .version()
    .fail(failWith(' (see `orderflow --help`)'))
    .parseAsync(),
);
