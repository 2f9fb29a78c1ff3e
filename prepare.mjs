/**
 * Makes a fresh clone ready: installs npm's packages and builds when that is needed, and says so on stderr. The command, the
 * tests and the checks come by here first. Plain JavaScript without dependencies: it runs before there are any.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const at = (...parts) => join(root, ...parts);

function fail(sentence) {
  console.error(`orderflow: ${sentence}`);
  process.exit(1);
}

const oldestNode = [20, 19];
const node = process.versions.node.split('.').map(Number);
if (node[0] < oldestNode[0] || (node[0] === oldestNode[0] && node[1] < oldestNode[1])) {
  fail(`Node ${process.versions.node} is too old: install Node ${oldestNode.join('.')} or newer`);
}

// What is there is compared, and no times with each other: a clock may have been wrong, or set back.

/** The packages of a lock file; none if it is missing. */
function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return {};
  }
}

/** npm writes down what it has installed, at the end; packages for other machines may be missing there. */
function isInstalled() {
  const installed = packagesIn(at('node_modules', '.package-lock.json'));
  const wanted = Object.entries(packagesIn(at('package-lock.json'))).filter(([name]) => name !== '');
  return wanted.every(([name, { version, integrity, optional }]) =>
    installed[name]
      ? installed[name].version === version && installed[name].integrity === integrity
      : optional === true,
  );
}

/** A file as it was saved last, and all files below a folder, a line each. */
function savesIn(path) {
  const stat = statSync(at(path), { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return [`${path} ${stat ? `${Math.floor(stat.mtimeMs)} ${stat.size}` : 'missing'}`];
  return readdirSync(at(path))
    .sort()
    .flatMap((name) => savesIn(join(path, name)));
}

// Written at the end of a build that succeeded: what it was made from.
const buildStamp = at('dist', '.built');
function sourcesNow() {
  const { include } = JSON.parse(readFileSync(at('tsconfig.build.json'), 'utf8'));
  const saves = ['tsconfig.json', 'tsconfig.build.json', ...include].flatMap(savesIn);
  return createHash('sha256').update(saves.join('\n')).digest('hex');
}
const isBuilt = () => existsSync(buildStamp) && readFileSync(buildStamp, 'utf8') === sourcesNow();

/** Runs a program with its output on stderr: stdout belongs to the command. */
function run(what, file, args) {
  console.error(`orderflow: ${what}`);
  const { status, error } = spawnSync(file, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (error || status !== 0)
    fail(`\`${[file, ...args].join(' ')}\` failed${error ? ` (${error.message})` : ', see above'}`);
}

/** Installs and builds in one process at a time: others wait, and find it done. */
async function prepare() {
  const lock = at('.orderflow', 'setup.lock');
  mkdirSync(dirname(lock), { recursive: true });
  for (;;) {
    try {
      writeFileSync(lock, `${process.pid} ${startOf(process.pid)}`, { flag: 'wx' });
      process.once('exit', () => rmSync(lock, { force: true }));
      break;
    } catch {
      if (!isHeld(lock)) rmSync(lock, { force: true });
      await sleep(100);
    }
  }
  if (!isInstalled())
    run('installing npm packages (npm ci, without their scripts)', 'npm', [
      'ci',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
    ]);
  if (!isBuilt()) {
    // A source that is saved while tsc runs is another one than this, and is built the next time.
    const sources = sourcesNow();
    for (const project of ['tsconfig.build.json', 'web/page']) {
      run(`building (tsc -p ${project})`, process.execPath, [at('node_modules/typescript/bin/tsc'), '-p', at(project)]);
    }
    writeFileSync(buildStamp, sources);
  }
  rmSync(lock, { force: true });
}

/** When a process began, in ticks since the machine did: its number alone may be another one's by now. See proc(5). */
function startOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function isHeld(lock) {
  try {
    const [pid, start] = readFileSync(lock, 'utf8').split(' ');
    // A holder that has just made the file has not written its number yet.
    return pid === '' || startOf(pid) === start;
  } catch {
    return false;
  }
}

if (!isInstalled() || !isBuilt()) await prepare();
