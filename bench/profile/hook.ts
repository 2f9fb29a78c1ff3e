/**
 * Loaded into each Node process of a stack that is profiled (`--import`): at the first SIGUSR2 V8's profiler starts, and at the next one it stops, and
 * writes PROFILE_FOLDER/PID.cpuprofile, with the process's title beside it.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { join } from 'node:path';

/** Between two samples, in µs. */
const interval = 1_000;

const folder = process.env.PROFILE_FOLDER;
let session: Session | undefined;

function toggle(): void {
  if (!session) {
    session = new Session();
    session.connect();
    session.post('Profiler.enable');
    session.post('Profiler.setSamplingInterval', { interval });
    session.post('Profiler.start');
    return;
  }
  const ending = session;
  session = undefined;
  ending.post('Profiler.stop', (error, { profile }) => {
    ending.disconnect();
    if (error) return;
    const file = join(folder!, `${process.pid}.cpuprofile`);
    writeFileSync(`${file}.tmp`, JSON.stringify({ title: process.title, ...profile }));
    renameSync(`${file}.tmp`, file);
  });
}

if (folder !== undefined) process.on('SIGUSR2', toggle);
