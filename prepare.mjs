/**
 * Makes a fresh clone ready: installs npm's packages and builds when that is needed, and says so on stderr. The command, the
 * tests and the checks come by here first. Plain JavaScript without dependencies: it runs before there are any.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
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

/** When a file was last changed, in ms; 0 if it is missing. */
const changedAt = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

function newestIn(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newestIn(join(path, name))));
}

// npm writes this file at the end of an installation.
const isInstalled = () => changedAt(at('node_modules/.package-lock.json')) >= changedAt(at('package-lock.json'));

// Written at the end of a build that succeeded.
const buildStamp = at('dist', '.built');
const isBuilt = () => {
  const { include } = JSON.parse(readFileSync(at('tsconfig.build.json'), 'utf8'));
  return (
    changedAt(buildStamp) >
    Math.max(...['tsconfig.json', 'tsconfig.build.json', ...include].map((path) => newestIn(at(path))))
  );
};

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
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      process.once('exit', () => rmSync(lock, { force: true }));
      break;
    } catch {
      if (!isHeld(lock)) rmSync(lock, { force: true });
      await sleep(100);
    }
  }
  if (!isInstalled()) run('installing npm packages (npm ci)', 'npm', ['ci', '--no-audit', '--no-fund']);
  if (!isBuilt()) {
    const begin = new Date();
    for (const project of ['tsconfig.build.json', 'web/page']) {
      run(`building (tsc -p ${project})`, process.execPath, [at('node_modules/typescript/bin/tsc'), '-p', at(project)]);
    }
    writeFileSync(buildStamp, begin.toISOString());
    // A source that was saved while tsc ran is newer than this, and is built the next time.
    utimesSync(buildStamp, begin, begin);
  }
  rmSync(lock, { force: true });
}

function isHeld(lock) {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    // A holder that has just made the file has not written its number yet.
    return pid === 0 || existsSync(`/proc/${pid}`);
  } catch {
    return false;
  }
}

if (!isInstalled() || !isBuilt()) await prepare();
