/** Orderflow itself, in both of its forms. */
import { submitMissing, waitUntilRunning } from '../../flink/stage-jobs.js';
import { stageNames } from '../../model/stages.js';
import type { Contestant } from './contestant.js';

const ours = (name: string, does: string, isFused: boolean): Contestant => ({
  name,
  isOurs: true,
  does,
  services: ['zookeeper', 'jobmanager', 'taskmanager', 'job-server', 'worker-pool'],
  async start({ config }) {
    const form = { ...config, fused: isFused };
    await submitMissing(form, stageNames);
    await waitUntilRunning(form, stageNames);
    return { pids: [], stop: async () => {} };
  },
});

export const fiveJobs = ours('five jobs', 'a Flink job for each stage, by `orderflow submit all`', false);
export const fusedJobs = ours(
  'fused',
  'the same with ORDERFLOW_FUSED: validator, enricher and router in the same batch',
  true,
);
