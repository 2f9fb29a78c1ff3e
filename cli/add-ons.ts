/** The option `--with` of the commands that start the stack. */
import { type AddOn, addOns } from '../local/service.js';

/** `--with druid --with …`: one name each. */
export const withOption = {
  choices: addOns,
  array: true,
  nargs: 1,
  default: [] as AddOn[],
  describe: 'a part that is started on demand',
} as const;
