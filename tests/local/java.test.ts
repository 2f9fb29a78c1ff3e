import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadConfig } from '../../config.js';
import { findJavaHome, javaArguments } from '../../local/java.js';
import { checkMaven } from '../../local/maven.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orderflow-java-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function program(path: string, script: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}

/** A home that says it is a JDK of this version, in a way that needs no Java. */
async function jdk(name: string, version: string): Promise<string> {
  const home = join(folder, name);
  await program(join(home, 'bin', 'java'), `echo 'openjdk version "${version}" 2025-04-15' >&2`);
  await program(join(home, 'bin', 'javac'), '');
  return home;
}

it('takes the JDK of JAVA_HOME', async () => {
  const home = await jdk('given', '17.0.1');
  await expect(findJavaHome(loadConfig({ JAVA_HOME: home, PATH: '' }), folder)).resolves.toBe(home);
});

it('looks for a JDK 17 among the installed ones when JAVA_HOME is of another version', async () => {
  const other = await jdk('other', '25');
  const home = await jdk('jdk-17', '17.0.15');
  await expect(findJavaHome(loadConfig({ JAVA_HOME: other, PATH: '' }), folder)).resolves.toBe(home);
});

it('says in one sentence what it found instead of a JDK 17', async () => {
  const other = await jdk('other', '11.0.2');
  await expect(findJavaHome(loadConfig({ JAVA_HOME: other, PATH: '' }), folder)).rejects.toMatchObject({
    code: 'NO_JDK',
    message: `the local stack needs a JDK 17 (found ${other}: 11): install one, and set JAVA_HOME to it`,
  });
});

it('accepts Maven 3.8 and newer', async () => {
  for (const version of ['3.8.7', '3.10.0', '4.0.0']) {
    await program(join(folder, 'mvn'), `echo 'Apache Maven ${version}'`);
    await expect(checkMaven(loadConfig({ PATH: `${folder}:/usr/bin:/bin` }), folder)).resolves.toBeUndefined();
  }
});

it('says in one sentence that Maven is missing, or too old', async () => {
  await expect(checkMaven(loadConfig({ PATH: folder }), folder)).rejects.toMatchObject({
    message:
      'the first start needs Maven 3.8 or newer to download jars (found none): install it, and put mvn on the PATH',
  });
  await program(join(folder, 'mvn'), "echo 'Apache Maven 3.6.3'");
  await expect(checkMaven(loadConfig({ PATH: folder }), folder)).rejects.toMatchObject({
    message:
      'the first start needs Maven 3.8 or newer to download jars (found 3.6): install it, and put mvn on the PATH',
  });
});

it('tells Java where Kerberos is configured, as the environment tells everybody else', () => {
  const argumentsOf = (environment: Record<string, string>) =>
    javaArguments(loadConfig(environment), { classPath: 'kafka', mainClass: 'kafka.Kafka', jvm: [], args: [] });
  expect(argumentsOf({ KRB5_CONFIG: '/etc/krb5.test' })[0]).toBe('-Djava.security.krb5.conf=/etc/krb5.test');
  expect(argumentsOf({ KRB5_CONFIG: '' })[0]).toBe('-cp');
});
