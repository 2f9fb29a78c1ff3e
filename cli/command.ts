/** What the file of a command exports: its options, and what it does. Its name and description stand in commands.ts. */
import type { ArgumentsCamelCase, Argv } from 'yargs';

export interface Command<Arguments = object> {
  builder(yargs: Argv): Argv<Arguments>;
  /** Fails with OperatorErrors. */
  handler(args: ArgumentsCamelCase<Arguments>): void | Promise<void>;
}
