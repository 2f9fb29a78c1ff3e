/** Every command line of docs/operations.md, run by the built command on a stack that works. Part of chain.test.ts. */
import { expect, test } from 'vitest';
import type { Config } from '../../config.js';
import { filterLetters, type Letter, readLetters } from '../../dead-letters/letters.js';
import { listJobs } from '../../flink/jobs.js';
import { stageNames } from '../../model/stages.js';
import { commandLinesOf, type Meanings } from '../command-lines.js';
import { orderflow, type Ended, settingsOf } from '../cli/orderflow.js';

/** Lines that are not run here, and where they are. */
const elsewhere: Readonly<Record<string, string>> = {
  'orderflow up': 'the beginning of chain.test.ts, as a part of `orderflow demo`',
  'orderflow down': 'the end of chain.test.ts',
  'orderflow down worker-pool': 'faults.test.ts',
  'orderflow demo': 'the beginning of chain.test.ts',
  'ORDERFLOW_PARTITIONS=8 orderflow topics grow': 'operations.ts, to 6',
  'ORDERFLOW_PARALLELISM=4 orderflow restart STAGE': 'operations.ts, at 1, 4 and 2',
  'ORDERFLOW_FUSED=false orderflow restart validator': 'fused.test.ts',
  'orderflow topics tail': 'generate-and-topics.services.test.ts',
  'orderflow topics tail audit': 'the same as of any topic',
  'orderflow topics grow': 'operations.ts',
  'orderflow audit collect': 'tests/audit/collect.services.test.ts',
  'orderflow audit verify --head SEQ:HASH': 'tests/audit/trail.services.test.ts',
  'orderflow audit publish --again': 'tests/audit/trail.services.test.ts',
  'orderflow topics adopt TOPIC': 'topics.test.ts',
  'orderflow topics adopt raw_order': 'topics.test.ts',
  'orderflow schema roles plan': 'schema-roles.services.test.ts',
  'orderflow schema roles apply': 'schema-roles.services.test.ts',
  'orderflow schema roles apply --user ADMIN --password-file FILE': 'schema-roles.services.test.ts',
  'orderflow schema rotate-password router': 'schema-roles.services.test.ts',
  'orderflow druid reset raw_order --yes': 'druid.test.ts',
  'orderflow erase-customer C-000042': 'erase.services.test.ts, by what it calls',
  'orderflow customer-keys rewrap': 'erase.services.test.ts, by what it calls',
  'orderflow acls plan': 'refused.test.ts',
  'orderflow acls apply': 'refused.test.ts',
  'orderflow acls passwords NAME': 'refused.test.ts, and for all of them',
  'orderflow certificates renew': 'refused.services.test.ts, by what it calls',
  'orderflow certificates renew postgres': 'expired.services.test.ts',
  'orderflow certificates renew kafka': 'expired.services.test.ts',
  'orderflow down kafka': 'expired.services.test.ts',
  'orderflow up kafka': 'expired.services.test.ts',
};

/** To be called within a `describe`: `stack` answers, once the tests run, with a stack that works and whose jobs run. */
export function describeCommandLines(stack: () => Config): void {
  const done = new Set(Object.keys(elsewhere));
  const all = [...commandLinesOf('docs/operations.md', {})];

  /** Runs a line of the page, with what the page leaves open, and options of ours; fails unless it ends with `code`. */
  async function run(text: string, meanings: Meanings = {}, { more = [] as string[], code = 0 } = {}): Promise<Ended> {
    const line = commandLinesOf('docs/operations.md', meanings).find((each) => each.text === text);
    expect(line, text).toBeDefined();
    done.add(text);
    const ended = await orderflow([...line!.words, ...more], { ...settingsOf(stack()), ...line!.settings });
    expect(ended, text).toMatchObject({ code });
    return ended;
  }

  const running = async () => (await listJobs(stack())).filter(({ hasStarted }) => hasStarted).map(({ name }) => name);

  test('what one looks at', async () => {
    await run('orderflow status');
    for (const name of ['supervisor', 'worker-pool', 'taskmanager', 'jobmanager', 'zookeeper'])
      await run(`orderflow logs ${name}`);
    await run('orderflow logs SERVICE', { SERVICE: 'kafka' });
    expect((await run('orderflow parked list', {}, { more: ['--json'] })).stdout).toContain('{');
    const { letters } = await readLetters(stack());
    const [{ orderId }] = filterLetters(letters, { reason: 'DELIVERY_REFUSED' }) as [Letter];
    for (const [line, name] of [
      ['orderflow order X', 'X'],
      ['orderflow order ID', 'ID'],
    ] as const)
      expect((await run(line, { [name]: orderId })).stdout).toContain(orderId);
    expect((await run('orderflow dead-letters list')).stdout).toContain(letters[0]!.id);
    await run('orderflow dead-letters replay ID…', { 'ID…': '--all' }, { more: ['--why', 'mended', '--dry-run'] });
    await run('orderflow dead-letters replay ID…', { 'ID…': letters[0]!.id }, { more: ['--dry-run'] });
    const reference = 'metastore/reference/default.json';
    expect((await run('orderflow reference load FILE --dry-run', { FILE: reference })).stdout).toContain('dry run');
  }, 120_000);

  test('what is done from time to time', async () => {
    for (const line of ['orderflow schema migrate', 'orderflow topics apply', 'orderflow retention run'])
      await run(line);
    const audit = JSON.parse((await run('orderflow audit list', {}, { more: ['--json'] })).stdout) as {
      events: object[];
    };
    expect(audit.events.at(-1)).toMatchObject({ action: 'retention run', outcome: 'done' });
    await run('orderflow audit list --outcome denied --actor router');
    await run('orderflow audit publish');
    await run('orderflow audit head');
    expect((await run('orderflow audit verify')).stdout).toMatch(/are whole, and so are their \d+ copies/);
    expect((await run('orderflow savepoint all')).stdout.trim().split('\n')).toHaveLength(stageNames.length);
  }, 240_000);

  test('going back to a savepoint, by what the command has printed', async () => {
    const STAGE = 'router';
    const pathIn = (text: string) => /\((file:.*)\)$/m.exec(text)![1]!;
    const path = pathIn((await run('orderflow stop STAGE', { STAGE })).stdout);
    expect(path).toContain(stack().home);
    // As Flink's form of it, and as a path.
    const { stdout } = await run('orderflow submit STAGE --from PATH', { STAGE, PATH: path });
    expect(pathIn(stdout)).toBe(path);
    await run('orderflow stop STAGE', { STAGE });
    const SAVEPOINT = path.replace(/^file:/, '');
    expect(pathIn((await run('orderflow submit STAGE --from SAVEPOINT', { STAGE, SAVEPOINT })).stdout)).toBe(path);
    await run('orderflow stop STAGE', { STAGE });
    const gone = await run('orderflow submit STAGE --from PATH', { STAGE, PATH: `${path}x` }, { code: 1 });
    expect(gone.stderr).toContain('which is not there: give the path');
    await run('orderflow submit STAGE --fresh', { STAGE });
  }, 240_000);

  test('changing what runs', async () => {
    await run('orderflow restart validator');
    await run('orderflow restart STAGE', { STAGE: 'router' }, { more: ['--drop-state'] });
    await run('ORDERFLOW_ALLOWED_LATENESS_MS=3600000 orderflow restart aggregator');
    await run('ORDERFLOW_KAFKA=… orderflow restart all', { '…': `localhost:${stack().ports.kafka}` });
    await run('orderflow restart all');
    expect(await running()).toEqual(stageNames.toSorted());
  }, 600_000);

  test('a new version, from the topics again', async () => {
    await run('orderflow stop all');
    await run('orderflow submit validator enricher router external-processor --fresh');
    await run('orderflow submit aggregator --fresh --again 48');
    await run('orderflow stop STAGE…|all', { 'STAGE…|all': 'all' });
    await run('orderflow submit STAGE…|all', { 'STAGE…|all': 'all' });
    expect(await running()).toEqual(stageNames.toSorted());
    await run('orderflow reconcile', {}, { more: ['--wait', '60'] });
    await run('orderflow reconcile', {}, { more: ['--since', '12h'] });
    await run('orderflow backfill aggregator --from 12h');
    const { stdout } = await run('orderflow backfill aggregator --from 12h --dry-run', {}, { more: ['--json'] });
    expect(JSON.parse(stdout)).toMatchObject({ windows: { different: 0, missing: 0, superfluous: 0 } });
  }, 600_000);

  test('are all run by some test', () => {
    expect(all.map(({ text }) => text).filter((text) => !done.has(text))).toEqual([]);
  });
}
