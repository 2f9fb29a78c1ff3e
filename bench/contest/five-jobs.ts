/** Orderflow as it is by default: a Flink job for each stage. */
import { submitMissing, waitUntilRunning } from '../../flink/stage-jobs.js';
import { stageNames } from '../../model/stages.js';
import type { Contestant } from './contestant.js';

export const fiveJobs: Contestant = {
  name: 'five jobs',
  isOurs: true,
  does: 'a Flink job for each stage, by `orderflow submit all`',
  services: ['zookeeper', 'jobmanager', 'taskmanager', 'job-server', 'worker-pool'],
  async start({ config }) {
    await submitMissing(config, stageNames);
    await waitUntilRunning(config, stageNames);
    return { pids: [], stop: async () => {} };
  },
};
