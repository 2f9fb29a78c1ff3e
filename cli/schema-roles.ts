/** `orderflow schema roles` and `orderflow schema rotate-password`. */
import type { Argv, CommandModule } from 'yargs';
import { changeInSteps } from '../audit/audited.js';
import { type Config, loadConfig } from '../config.js';
import { OperatorError } from '../errors.js';
import { type AccountChange, accountChanges, applyAccounts } from '../metastore/accounts.js';
import { withPool } from '../metastore/connection.js';
import { type Database, databaseOf, hasRoles } from '../metastore/database.js';
import { applyGrants, grantChanges } from '../metastore/grants.js';
import { roles } from '../metastore/roles.js';
import { rotatePassword } from '../metastore/rotation.js';

interface Arguments {
  user: string | undefined;
  'password-file': string | undefined;
  json: boolean;
}

const withAccount = (yargs: Argv) =>
  yargs
    .option('user', {
      type: 'string',
      requiresArg: true,
      describe: "who does it: a superuser, for what the tables' owner may not do (default: the owner)",
    })
    .option('password-file', { type: 'string', requiresArg: true, describe: "file with that user's password" })
    .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' });

/** Who asks. Fails with ONE_ROLE where there are no roles to speak of. */
function asker(config: Config, { user, passwordFile }: { user?: string; passwordFile?: string }): Database {
  if (!hasRoles(config))
    throw new OperatorError(
      'ONE_ROLE',
      'all log in to PostgreSQL as one role, which owns the tables: set ORDERFLOW_POSTGRES_USER to a name with {principal} in it',
    );
  return { ...databaseOf(config, 'owner'), ...(user && { user }), ...(passwordFile && { passwordFile }) };
}

const accountText = ({ principal, problem, statement }: AccountChange) => `${statement}; -- ${principal} ${problem}`;
const grantText = ({ statement }: { readonly statement: string }) => `${statement};`;
const shown = ({ principal, problem, statement }: AccountChange) => ({ principal, problem, statement });

const planCommand: CommandModule<object, Arguments> = {
  command: 'plan',
  describe:
    'what `apply` would do, as SQL: roles that are missing or may too much, passwords, grants; exit status 1 if there is something',
  builder: (yargs) =>
    withAccount(yargs)
      .example('orderflow schema roles plan', 'nothing if each role has what it needs, and no more')
      .example(
        'orderflow schema roles plan --user postgres --password-file /run/secrets/postgres',
        'as a superuser',
      ) as never,
  handler: async ({ user, passwordFile, json }: Arguments & { passwordFile?: string }) => {
    const config = loadConfig();
    const { accounts, grants } = await withPool(asker(config, { user, passwordFile }), async (pool) => ({
      accounts: await accountChanges(pool, config),
      grants: await grantChanges(pool, config),
    }));
    if (json) console.log(JSON.stringify({ accounts: accounts.map(shown), grants }));
    else
      console.log(
        [...accounts.map(accountText), ...grants.map(grantText)].join('\n') || 'each role is as it should be',
      );
    if (accounts.length + grants.length > 0) process.exitCode = 1;
  },
};

const applyCommand: CommandModule<object, Arguments> = {
  command: 'apply',
  describe:
    'make the roles, and give each what it needs and no more; exit status 1 if something is left for an administrator',
  builder: (yargs) =>
    withAccount(yargs)
      .example('orderflow schema roles apply', "as the tables' owner: safe to run again, and while orders flow")
      .example(
        'orderflow schema roles apply --user postgres --password-file /run/secrets/postgres',
        'makes roles, too',
      ) as never,
  handler: async ({ user, passwordFile, json }: Arguments & { passwordFile?: string }) => {
    const config = loadConfig();
    const database = asker(config, { user, passwordFile });
    const apply = () =>
      withPool(database, async (pool) => [await applyAccounts(pool, config), await applyGrants(pool, config)] as const);
    const [accounts, grants] = await changeInSteps(
      config,
      'schema roles apply',
      {},
      apply,
      ([{ done }, rights]) => ({
        subjects: [...new Set(done.map(({ principal }) => `role of ${principal}`))],
        details: { rights: rights.done.length },
      }),
      { makesTrail: true },
    );
    const left = [...accounts.left.map(accountText), ...grants.left.map(grantText)];
    if (json)
      console.log(
        JSON.stringify({
          accounts: { done: accounts.done.map(shown), left: accounts.left.map(shown) },
          grants,
        }),
      );
    else {
      console.log(
        [...accounts.done.map(accountText), ...grants.done.map(grantText)].join('\n') || 'nothing had to be done',
      );
      if (left.length > 0) console.error(`for a superuser of PostgreSQL, see --user:\n${left.join('\n')}`);
    }
    if (left.length > 0) process.exitCode = 1;
  },
};

export const rolesCommand: CommandModule = {
  command: 'roles',
  describe: 'the roles of PostgreSQL, and what each may do',
  builder: (yargs) =>
    yargs
      .command(planCommand as never)
      .command(applyCommand as never)
      .example('orderflow schema roles plan', 'what is not as it should be')
      .demandCommand(1, 'schema roles plan'),
  handler: () => {},
};

export const rotateCommand: CommandModule<object, { principal: string; json: boolean }> = {
  command: 'rotate-password <principal>',
  describe: 'give a role, or all, a new password in PostgreSQL and in its file; what is connected stays connected',
  builder: (yargs) =>
    yargs
      .positional('principal', { choices: [...roles, 'all'], demandOption: true, describe: 'whose' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .example('orderflow schema rotate-password validator', 'while orders flow')
      .example('orderflow schema rotate-password all', 'one after the other') as never,
  handler: async ({ principal, json }) => {
    const config = loadConfig();
    asker(config, {});
    const rotated = roles.filter((name) => principal === 'all' || name === principal);
    for (const name of rotated) {
      const said = { subjects: [`password of ${name}`] };
      await changeInSteps(config, 'schema rotate-password', said, () => rotatePassword(config, name));
      if (!json) console.log(`${name} has a new password`);
    }
    if (json) console.log(JSON.stringify({ rotated }));
  },
};
