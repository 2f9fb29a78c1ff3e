/**
 * Ends what a test run leaves behind, whatever ended the run itself, a Ctrl-C or a `kill -9` among them: `reaper.mjs FOLDER`, with
 * a pipe from the run as its standard input. When that closes, every process is ended that has FOLDER, or a folder below it, as its
 * TMPDIR or works there, and FOLDER is deleted. Plain JavaScript: it has to run whatever state the build is in.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const [folder] = process.argv.slice(2);
/** What a process has to end in good order, in ms. PostgreSQL leaves nothing of its shared memory then. */
const graceMs = 3_000;
const limitMs = 9_000;

// It outlives the terminal's signals: its work begins with them.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM']) process.on(signal, () => undefined);
process.stdin.resume();
await new Promise((resolve) => process.stdin.once('close', resolve));

/** The pids of the run's processes. PostgreSQL writes over what the system shows of its environment, but works in its data folder. */
function leftOver() {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  return pids.filter((pid) => {
    try {
      const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      const places = [variables.find((text) => text.startsWith('TMPDIR='))?.slice(7), readlinkSync(`/proc/${pid}/cwd`)];
      return places.some((place) => place === folder || place?.startsWith(`${folder}/`));
    } catch {
      return false; // another user's process, or one that has just ended
    }
  });
}

function signal(pids, name) {
  for (const pid of pids) {
    try {
      process.kill(Number(pid), name);
    } catch {
      // It has ended meanwhile.
    }
  }
}

const begin = Date.now();
const told = new Set();
for (let pids = leftOver(); pids.length > 0 && Date.now() - begin < limitMs; pids = leftOver()) {
  if (Date.now() - begin > graceMs) signal(pids, 'SIGKILL');
  else {
    // A second SIGTERM would cut off what the first has begun.
    const news = pids.filter((pid) => !told.has(pid));
    signal(news, 'SIGTERM');
    for (const pid of news) told.add(pid);
  }
  await sleep(100);
}
// Small disks that a test has mounted there. A blank in a path is \040.
for (const line of readFileSync('/proc/mounts', 'utf8').split('\n')) {
  const place = line.split(' ')[1]?.replaceAll('\\040', ' ');
  if (place?.startsWith(`${folder}/`)) spawnSync('umount', ['-l', place]);
}
rmSync(folder, { recursive: true, force: true });
