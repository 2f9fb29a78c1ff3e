/** A Kerberos realm of a test's own: MIT's KDC on a loopback port, with its database in a temporary folder. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePorts } from './free-ports.js';

/** Debian has them where only root looks for programs. */
function programPath(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** For the name of tests that are skipped without them. */
export const kdcIsMissing = ['krb5kdc', 'kdb5_util', 'kadmin.local'].some((name) => programPath(name) === undefined);
export const skippedWithoutKdc = kdcIsMissing ? ' (skipped: krb5-kdc and krb5-admin-server are not installed)' : '';

/** npm's package, by which the commands have tickets: whoever needs it installs it. */
function npmKerberosIsMissing(): boolean {
  try {
    createRequire(import.meta.url)('kerberos');
    return false;
  } catch {
    return true;
  }
}
export const kerberosIsMissing = kdcIsMissing || npmKerberosIsMissing();
export const skippedWithoutKerberos = kerberosIsMissing
  ? ` (skipped: ${kdcIsMissing ? 'krb5-kdc is' : "npm's kerberos is"} not installed)`
  : '';

export interface TestRealm {
  /** The krb5.conf: what `KRB5_CONFIG` names. */
  readonly configFile: string;
  /** Makes a principal with a random key, or gives it another one; `keytab` gets the key, over what is there. */
  addKey(principal: string, keytab: string): Promise<void>;
  /** Gives a principal another key, which a copy of its keytab gets beside the old ones, in the place of the keytab. */
  rotateKey(principal: string, keytab: string): Promise<void>;
  /** How many first tickets the KDC has given to a principal. */
  ticketsOf(principal: string): Promise<number>;
  stop(): Promise<void>;
}

const realm = 'ORDERFLOW.TEST';

/** Tickets last for `ticketSeconds`. Rejects with what the KDC said when it does not start. */
export async function startRealm({ ticketSeconds = 3_600 } = {}): Promise<TestRealm> {
  const [port] = await freePorts(1);
  const folder = await mkdtemp(join(tmpdir(), 'orderflow-realm-'));
  const at = (name: string) => join(folder, name);
  // Nobody asks the network for names, and Java, too, asks the KDC over TCP.
  await writeFile(
    at('krb5.conf'),
    `[libdefaults]
  default_realm = ${realm}
  dns_lookup_realm = false
  dns_lookup_kdc = false
  dns_canonicalize_hostname = false
  rdns = false
  udp_preference_limit = 1
  ticket_lifetime = ${ticketSeconds}s
[realms]
  ${realm} = {
    kdc = 127.0.0.1:${port}
  }
`,
  );
  await writeFile(
    at('kdc.conf'),
    `[kdcdefaults]
  kdc_listen = 127.0.0.1:${port}
  kdc_tcp_listen = 127.0.0.1:${port}
[realms]
  ${realm} = {
    database_name = ${at('principal')}
    key_stash_file = ${at('stash')}
    acl_file = ${at('acl')}
    max_life = ${ticketSeconds}s
  }
[logging]
  kdc = FILE:${at('kdc.log')}
`,
  );
  const env = { ...process.env, KRB5_CONFIG: at('krb5.conf'), KRB5_KDC_PROFILE: at('kdc.conf') };
  const run = (program: string, ...args: string[]) => promisify(execFile)(programPath(program)!, args, { env });
  // A password of the database, not of anybody in it.
  await run('kdb5_util', '-r', realm, '-P', 'only for tests', 'create', '-s');
  const child = spawn(programPath('krb5kdc')!, ['-n', '-r', realm], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(child, 'exit');
  const log = () => readFile(at('kdc.log'), 'utf8').catch(() => '');
  while (!(await log()).includes('commencing operation')) {
    if (child.exitCode !== null) throw new Error(`the KDC does not start: ${said}`);
    await sleep(20);
  }
  return {
    configFile: at('krb5.conf'),
    async addKey(principal, keytab) {
      await run('kadmin.local', '-r', realm, 'addprinc', '-randkey', principal).catch(() => undefined);
      await rm(keytab, { force: true });
      await run('kadmin.local', '-r', realm, 'ktadd', '-k', keytab, principal);
    },
    async rotateKey(principal, keytab) {
      const copy = `${keytab}.new`;
      await copyFile(keytab, copy);
      await run('kadmin.local', '-r', realm, 'ktadd', '-k', copy, principal);
      await rename(copy, keytab);
    },
    async ticketsOf(principal) {
      const given = new RegExp(`AS_REQ .*ISSUE: .* ${principal}@${realm} for krbtgt/`);
      return (await log()).split('\n').filter((line) => given.test(line)).length;
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
