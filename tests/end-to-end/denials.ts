/** What each principal is refused, tried for real, stands in the audit stream within 10 s. Part of secured.test.ts. */
import { expect, test, vi } from 'vitest';
import { actingAs, type Config } from '../../config.js';
import { type Operation, rightsOf, withImplied } from '../../kafka/acls.js';
import { withPool } from '../../metastore/connection.js';
import { databaseOf, userOf } from '../../metastore/database.js';
import { type Grantee, type Rights, rights, roles } from '../../metastore/roles.js';
import { type Principal, principals } from '../../model/principals.js';
import { stageNames } from '../../model/stages.js';
import { allTopicNames } from '../../model/topics.js';
import { type Ended } from '../cli/orderflow.js';
import { type Attempts, isAllowed, onGroup, onTopic, withRawBroker } from '../kafka/attempts.js';

/** What the audit trail has to say of a refusal. */
interface Refusal {
  readonly principal: string;
  readonly action: string;
  readonly subject?: string;
  readonly operation?: string;
  /** When it was refused, ms since the epoch. */
  readonly at: number;
}

/** What `orderflow audit list --json` says of an event. */
interface Event {
  readonly at: string;
  readonly principal: string;
  readonly action: string;
  readonly subjects: readonly string[];
  readonly details: Readonly<Record<string, unknown>>;
}

/** The broker here has it for a super user, and refuses it nothing. */
const onKafka = principals.filter((name) => name !== 'owner');

/** Some of them: tests/audit/matrices.services.test.ts tries all. */
const topicOperations: readonly Operation[] = ['READ', 'WRITE', 'DELETE', 'ALTER_CONFIGS'];
const groupOperations: readonly Operation[] = ['READ', 'DESCRIBE', 'DELETE'];

/** Those of the names that the principal may not do this with. */
function refusedOf(principal: Principal, type: 'topic' | 'group', operation: Operation, names: readonly string[]) {
  return names.filter((name) => {
    const right = rightsOf(principal).find(({ resource }) => resource.type === type && resource.name === name);
    return !withImplied(right?.operations ?? []).includes(operation);
  });
}

async function tryOnKafka(config: Config, principal: Principal): Promise<Refusal[]> {
  const tables = [
    ['topic', onTopic, topicOperations, allTopicNames],
    ['group', onGroup, groupOperations, [...stageNames, 'payroll']],
  ] as const satisfies readonly (readonly [string, Attempts, readonly Operation[], readonly string[]])[];
  const refused: Refusal[] = [];
  await withRawBroker(actingAs(config, principal), async (broker) => {
    for (const [type, attempts, operations, names] of tables)
      for (const operation of operations) {
        const [name] = refusedOf(principal, type, operation, names);
        if (name === undefined) continue;
        const attempt = (attempts as Attempts)[operation]!;
        expect([principal, operation, name, await isAllowed(() => attempt(broker, name))]).toEqual([
          ...[principal, operation, name],
          false,
        ]);
        refused.push({
          principal: `User:${principal}`,
          action: 'access',
          subject: `${type} ${name}`,
          operation,
          at: Date.now(),
        });
      }
  });
  return refused;
}

/** Nobody inserts into the view. */
const tableNames = Object.keys(rights).filter((name) => name !== 'status_history');
/** An update names columns, of which each table has others. */
const tableOperations = ['select', 'insert', 'delete'] as const satisfies (keyof Rights)[];
const statements: Readonly<Record<(typeof tableOperations)[number], (table: string) => string>> = {
  select: (table) => `SELECT count(*) FROM ${table}`,
  insert: (table) => `INSERT INTO ${table} DEFAULT VALUES`,
  delete: (table) => `DELETE FROM ${table}`,
};

/** A table for each operation, another one each time. */
async function tryOnTables(config: Config, principal: Grantee | 'owner'): Promise<Refusal[]> {
  const database = databaseOf(config, principal);
  // Its own tables are the owner's; the server's are not.
  const tried =
    principal === 'owner'
      ? [{ table: 'pg_authid', operation: 'select', statement: statements.select('pg_authid') }]
      : tableOperations.map((operation, index) => {
          const refused = tableNames.filter((table) => !rights[table]![principal]?.[operation]);
          const table = refused[index]!;
          return { table, operation, statement: statements[operation](table) };
        });
  const refused: Refusal[] = [];
  await withPool(database, async (pool) => {
    for (const { table, operation, statement } of tried) {
      await expect(pool.query(statement)).rejects.toMatchObject({ code: '42501' });
      const what = { principal: userOf(database), action: 'access', subject: table };
      refused.push({ ...what, operation: operation.toUpperCase(), at: Date.now() });
    }
  });
  return refused;
}

const isOf = (event: Event, { principal, action, subject, operation, at }: Refusal) =>
  Date.parse(event.at) - at < 10_000 &&
  event.principal === principal &&
  event.action === action &&
  (subject === undefined || event.subjects.some((text) => text === subject || text.endsWith(` ${subject}`))) &&
  (operation === undefined || (event.details.operation ?? event.details.command) === operation);

/** To be called within a `describe`: `stack` answers with a secured stack on which the auditor runs, `orderflow` runs a command against it. */
export function describeDenials(stack: () => Config, orderflow: (...words: string[]) => Promise<Ended>): void {
  test('stands in the audit stream within 10 s: topics, groups and tables, and logins', async () => {
    const config = stack();
    const refused: Refusal[] = [];
    for (const principal of onKafka) refused.push(...(await tryOnKafka(config, principal)));
    for (const principal of roles) refused.push(...(await tryOnTables(config, principal)));
    // It has no role at all.
    await expect(withPool(databaseOf(config, 'druid'), (pool) => pool.query('SELECT 1'))).rejects.toThrow();
    refused.push({ principal: userOf(databaseOf(config, 'druid')), action: 'login', at: Date.now() });

    const missing = async () => {
      const { stdout } = await orderflow('audit', 'list', '--outcome', 'denied', '--limit', '1000', '--json');
      const { events } = JSON.parse(stdout) as { events: Event[] };
      return refused.filter((refusal) => !events.some((event) => isOf(event, refusal)));
    };
    await vi.waitFor(async () => expect(await missing()).toEqual([]), { timeout: 60_000, interval: 100 });
    for (const principal of onKafka)
      for (const type of ['topic', 'group'])
        expect(
          refused.filter((one) => one.principal === `User:${principal}` && one.subject!.startsWith(type)),
        ).not.toEqual([]);
    expect(refused.length).toBeGreaterThan(90);
  });
}
