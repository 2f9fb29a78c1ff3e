/** `orderflow status`. */
import { loadConfig } from '../config.js';
import { listJobs, type JobStatus } from '../flink/jobs.js';
import { jobTroubles } from '../flink/troubles.js';
import { type ServiceStatus, stackStatus } from '../local/status.js';
import { careOf, expiringText, unpublishedText, upkeepText } from './care.js';
import type { Command } from './command.js';
import { table } from './table.js';
import { topicHealthText } from './topic-health.js';

const megabytes = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MB`;
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

const showServices = (services: readonly ServiceStatus[]) =>
  table(
    ['service', 'state', 'pid', 'port', 'processes', 'memory', 'restarts', 'what'],
    services.map((service) => [
      service.name,
      service.state,
      String(service.pid ?? ''),
      String(service.port ?? ''),
      service.processes ? String(service.processes) : '',
      service.processes ? megabytes(service.memoryBytes) : '',
      service.restarts ? String(service.restarts) : '',
      service.what,
    ]),
  );

const showJobs = (jobs: readonly JobStatus[]) =>
  jobs.length === 0
    ? 'no jobs on Flink: `orderflow submit all` starts them'
    : table(
        ['job', 'state', 'for', 'last checkpoint', 'failed', 'restarts', 'id'],
        jobs.map((job) => [
          job.name,
          job.state,
          seconds(job.runningMs),
          job.checkpointAgeMs === undefined ? 'none yet' : `${seconds(job.checkpointAgeMs)} ago`,
          String(job.failedCheckpoints),
          String(job.restarts),
          job.id,
        ]),
      );

export const statusCommand: Command<{ json: boolean }> = {
  builder: (yargs) =>
    yargs
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .example(
        'orderflow status',
        'tables for people; exit status 1 unless all services answer, and all topics are read',
      )
      .example('orderflow status --json | jq .memoryBytes', 'memory of the whole stack') as never,
  handler: async ({ json }) => {
    const config = loadConfig();
    // Jobs are unknown, not absent, while Flink does not answer.
    const [services, jobs] = await Promise.all([stackStatus(config), listJobs(config).catch(() => undefined)]);
    const [{ upkeep, expiring, topics, audit, refused }, troubles] = await Promise.all([
      careOf(config, services, jobs ?? []),
      jobTroubles(config, jobs ?? []),
    ]);
    const memoryBytes = services.reduce((sum, service) => sum + service.memoryBytes, 0);
    if (json)
      console.log(
        JSON.stringify({
          services,
          memoryBytes,
          jobs: jobs ?? null,
          troubles,
          refused,
          topics,
          upkeep,
          expiring,
          audit,
          flinkUrl: config.flinkUrl,
        }),
      );
    else {
      console.log(showServices(services));
      console.log(`\nmemory of the stack: ${megabytes(memoryBytes)} · Flink's web UI: ${config.flinkUrl}\n`);
      console.log(jobs ? showJobs(jobs) : 'Flink does not answer');
      const notes = [
        ...refused.map((sentence) => `PROBLEM: ${sentence}`),
        ...troubles.map(({ job, what }) => `PROBLEM: the job of the ${job}: ${what}; it goes on by itself then`),
        ...(topics ? topicHealthText(topics, config.partitions) : []),
      ];
      if (notes.length > 0) console.log(`\n${notes.join('\n')}`);
      console.log(`\n${upkeepText(upkeep, Date.now())}`);
      if (expiring?.letters) console.log(expiringText(expiring));
      if (audit?.events) console.log(unpublishedText(audit));
    }
    const areUp = services.every(({ state }) => state === 'up' || state === 'elsewhere');
    if (!areUp || troubles.length > 0 || refused.length > 0 || topics?.problems.length || topics?.unread.length)
      process.exitCode = 1;
  },
};
