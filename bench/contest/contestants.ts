/** THE table of the contestants. */
import { fiveKafkajsServices, fusedKafkajs } from '../peers/kafkajs.js';
import type { Contestant } from './contestant.js';
import { fiveJobs } from './five-jobs.js';

export const contestants: readonly Contestant[] = [fiveJobs, fiveKafkajsServices, fusedKafkajs];
