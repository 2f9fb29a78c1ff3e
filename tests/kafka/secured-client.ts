/** Kafka's own Java clients in a program of their own, made from what a stage's job is given: fixtures/SecuredClient.java. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Config, projectRoot } from '../../config.js';
import { javaSecurity } from '../../kafka/security.js';
import { classPathFolder, findJavaHome, javaArguments } from '../../local/java.js';
import { propertiesText } from '../../local/paths.js';
import type { Principal } from '../../model/principals.js';

export interface SecuredClient {
  /** `write TOPIC TEXT` or `read TOPIC`; answers with what was written or read, or with what Kafka's client says. */
  ask(what: string): Promise<string>;
  stop(): Promise<void>;
}

/** `more` are settings of Kafka's beside those of the job; `jvm` options of its JVM. */
export async function securedClient(
  config: Config,
  principal: Principal,
  { more = {}, jvm = [] }: { more?: Readonly<Record<string, string>>; jvm?: readonly string[] } = {},
): Promise<SecuredClient> {
  const folder = await mkdtemp(join(tmpdir(), 'orderflow-client-'));
  const file = join(folder, 'client.properties');
  const { kafkaSecurity, kafka } = config;
  const ofJob = javaSecurity(kafkaSecurity, principal, kafkaSecurity.stageMechanism);
  await writeFile(file, propertiesText({ 'bootstrap.servers': kafka, ...ofJob, ...more }));
  const source = join(projectRoot, 'tests', 'kafka', 'fixtures', 'SecuredClient.java');
  const [java, classPath] = [
    join(await findJavaHome(config), 'bin', 'java'),
    join(classPathFolder(config, 'kafka'), '*'),
  ];
  const options = javaArguments(config, { classPath: 'kafka', mainClass: '', jvm: [], args: [] }).filter((option) =>
    option.startsWith('-D'),
  );
  const args = [...options, ...jvm, '-Xmx128m', '-XX:TieredStopAtLevel=1', '-cp', classPath, source, file];
  const child = spawn(java, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = once(child, 'exit');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async ask(what) {
      child.stdin.write(`${what}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error('the Java program has ended');
      return value;
    },
    async stop() {
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
