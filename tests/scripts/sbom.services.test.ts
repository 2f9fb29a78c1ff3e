/** The bills of materials: made twice by npm and Maven, and compared with the schema, with the lock file and with the jars. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig, projectRoot } from '../../config.js';

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly purl: string;
  readonly group?: string;
  readonly licenses?: readonly object[];
  readonly hashes?: readonly { alg: string; content: string }[];
}
interface Bom {
  readonly specVersion: string;
  readonly serialNumber?: string;
  readonly metadata: { readonly timestamp?: string; readonly component: { readonly name: string } };
  readonly components: readonly Component[];
}
interface Sboms {
  readonly poms: Record<string, string>;
  makeSboms(folder: string): Promise<Record<string, Bom>>;
}
const { makeSboms, poms } = (await import(join(projectRoot, 'scripts', 'sbom.mjs'))) as Sboms;

let folder: string;
let boms: Record<string, Bom>;
const bom = (name: string) => boms[name] as Bom;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orderflow-sbom-'));
  boms = await makeSboms(join(folder, 'first'));
}, 600_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const filesBelow = async (path: string) => {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
};

it('are valid by the schema of CycloneDX', async () => {
  for (const [name, { specVersion }] of Object.entries(boms)) {
    const text = await readFile(join(folder, 'first', `${name}.cdx.json`), 'utf8');
    const validator = new Validation.JsonStrictValidator(specVersion as Spec.Version);
    expect([name, await validator.validate(text)]).toEqual([name, null]);
  }
});

it('are the same when they are made again', { timeout: 600_000 }, async () => {
  await makeSboms(join(folder, 'second'));
  for (const name of Object.keys(boms)) {
    const [first, second] = ['first', 'second'].map((each) => readFile(join(folder, each, `${name}.cdx.json`), 'utf8'));
    expect(await second).toBe(await first);
  }
});

it("are about the project, wherever it lies, and npm's has no time and no random number", () => {
  const names = Object.values(boms).map(({ metadata }) => metadata.component.name);
  expect(names).toEqual(['orderflow', 'orderflow-kafka', 'orderflow-flink', 'orderflow-druid', 'orderflow-spark']);
  expect([bom('npm').serialNumber, bom('npm').metadata.timestamp]).toEqual([undefined, undefined]);
});

it("has every package of npm's that runs in production, for all platforms, with its hash", async () => {
  const lock = JSON.parse(await readFile(join(projectRoot, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { name?: string; version: string; dev?: boolean; integrity: string }>;
  };
  const expected = Object.entries(lock.packages)
    .filter(([path, { dev }]) => path !== '' && !dev)
    .map(([path, { name, version, integrity }]) => {
      const hash = Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex');
      return `${name ?? path.split('node_modules/').at(-1)}@${version} ${hash}`;
    });
  const named = bom('npm').components.map((each) => `${each['bom-ref']} ${each.hashes?.[0]?.content}`);
  expect(named.sort()).toEqual([...new Set(expected)].sort());
});

it('has one for each class path, and every pom in one', async () => {
  const files = await filesBelow(projectRoot).then((all) => all.map((file) => relative(projectRoot, file)));
  const own = files.filter(
    // Those of bench/peers are of others, and nothing that is delivered.
    (file) => file.endsWith('pom.xml') && !/^(node_modules|\.orderflow|bench\/peers)\/|\/target\//.test(file),
  );
  const texts = await Promise.all(own.map(async (file) => [file, await readFile(join(projectRoot, file), 'utf8')]));
  const roots = texts.filter(([, text]) => !text?.includes('<parent>')).map(([file]) => file);
  expect(roots.sort()).toEqual(Object.values(poms).sort());
});

describe.each(Object.keys(poms))('the class path of %s', (name) => {
  it('is described jar by jar', async () => {
    const jars = (await filesBelow(join(loadConfig({}).jars, name))).filter((file) => file.endsWith('.jar'));
    const hashOf = async (file: string) =>
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex');
    // The project's own jars are made anew by each build.
    const { components, metadata } = bom(name);
    const own = [metadata.component, ...components.filter(({ group }) => group === 'orderflow')].map(
      (each) => each.name,
    );
    const foreign = jars.filter((file) => !own.some((each) => file.endsWith(`/${each}-1.jar`)));
    const used = components.filter(({ group }) => group !== 'orderflow');
    const described = used.map(({ hashes }) => hashes?.find(({ alg }) => alg === 'SHA-256')?.content);
    expect(new Set(described)).toEqual(new Set(await Promise.all(foreign.map(hashOf))));
  });
});
