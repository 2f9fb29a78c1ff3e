/** The option of the commands that write files. */
export const overwriteOption = {
  type: 'boolean',
  default: false,
  describe: 'replace files that are there',
} as const;
