/**
 * `npm run sbom`: a bill of materials (CycloneDX, JSON) of npm's packages and one for each class path, in sbom/. Made from the
 * lock file and the poms, so that the same input gives the same files: they hold no time, and no random number.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root, run } from './run.mjs';

/** Each class path's pom, as in local/class-path.ts; the aggregate of Druid's has those of its modules. */
export const poms = {
  kafka: 'local/kafka/pom.xml',
  flink: 'flink/pom.xml',
  druid: 'druid/pom.xml',
  spark: 'spark/pom.xml',
};

/** The names of all, with `npm`. */
export const sbomNames = ['npm', ...Object.keys(poms)];

/** Where they are, unless told otherwise. */
const ownFolder = join(root, 'sbom');

const cyclonedx = 'org.cyclonedx:cyclonedx-maven-plugin:2.9.3';
const enforcer = 'org.apache.maven.plugins:maven-enforcer-plugin:3.5.0';

/** The file of one of them. */
export const fileOf = (name, folder = ownFolder) => join(folder, `${name}.cdx.json`);

async function runOrFail(file, args) {
  const { code, stdout, stderr } = await run(file, args);
  if (code !== 0) throw new Error(`\`${[file, ...args].join(' ')}\` failed: ${(stderr.trim() || stdout).trim()}`);
  return stdout;
}

/**
 * What `npm sbom` says, made the same for the same lock file: without its time and its random number, with the project's name
 * instead of the folder's, and with what is installed for production. `--omit dev` of npm 10 and 11 leaves out packages that are
 * needed at run time as well: the lock file's own mark counts.
 */
export function productionOf(bom, { name, packages }) {
  const own = bom.metadata.component['bom-ref'];
  const production = new Set([own]);
  for (const [path, { dev, version, name: alias }] of Object.entries(packages))
    if (path !== '' && !dev) production.add(`${alias ?? path.replace(/^.*node_modules\//, '')}@${version}`);
  const made = {
    ...bom,
    metadata: { ...bom.metadata, component: { ...bom.metadata.component, name } },
    components: bom.components.filter((each) => production.has(each['bom-ref'])),
    dependencies: bom.dependencies
      .filter(({ ref }) => production.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((each) => production.has(each)) })),
  };
  delete made.serialNumber;
  delete made.metadata.timestamp;
  return made;
}

/** From the lock file: the packages for all platforms are in it, whatever is installed here. */
async function npmSbom(folder) {
  const bom = JSON.parse(await runOrFail('npm', ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only']));
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
  await writeFile(fileOf('npm', folder), `${JSON.stringify(productionOf(bom, lock), null, 2)}\n`);
}

/** What is on a class path at run time, with Maven's licences and the jars' hashes; fails where a version is a range or a snapshot. */
async function mavenSbom(name, folder) {
  await runOrFail('mvn', [
    ...['-B', '-q', '-ntp', '-f', join(root, poms[name])],
    ...[`${enforcer}:enforce`, '-Drules=banDynamicVersions', `${cyclonedx}:makeAggregateBom`],
    ...['-DoutputFormat=json', `-DoutputName=${name}.cdx`, `-DoutputDirectory=${folder}`],
    // A fixed time is how the plug-in is told to leave out what differs from run to run.
    ...['-DincludeProvidedScope=false', '-Dproject.build.outputTimestamp=2024-01-01T00:00:00Z'],
  ]);
}

/**
 * Makes all of them, and resolves with each one by its name. Needs npm and Maven; may be called again.
 *
 * @param folder where the files go, `NAME.cdx.json`.
 */
export async function makeSboms(folder = ownFolder) {
  await mkdir(folder, { recursive: true });
  await npmSbom(folder);
  for (const name of Object.keys(poms)) await mavenSbom(name, folder);
  const read = async (name) => [name, JSON.parse(await readFile(fileOf(name, folder), 'utf8'))];
  return Object.fromEntries(await Promise.all(sbomNames.map(read)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const sboms = await makeSboms();
    for (const [name, { specVersion, components }] of Object.entries(sboms))
      console.log(`sbom/${name}.cdx.json: CycloneDX ${specVersion}, ${components.length} components`);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
