/** The `orderflow` command. */
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { commands } from './commands.js';
import { failWith, runProgram } from './program.js';

const parser = yargs(hideBin(process.argv))
  .scriptName('orderflow')
  .command([...commands])
  .demandCommand(1, 'name a command: `orderflow --help` lists them')
  .strict()
  .recommendCommands()
  .wrap(110)
  .help()
  .alias('h', 'help')
  .version(false)
  .fail(failWith(' (see `orderflow --help`)'));

await runProgram('orderflow', () => parser.parseAsync());
