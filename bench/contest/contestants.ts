/** THE table of the contestants. */
import type { Contestant } from './contestant.js';
import { fiveJobs } from './five-jobs.js';

export const contestants: readonly Contestant[] = [fiveJobs];
