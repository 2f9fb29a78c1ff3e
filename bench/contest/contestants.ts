/** THE table of the contestants. */
import { beamPython } from '../peers/beam-python.js';
import { dbosBatches, dbosOrders } from '../peers/dbos.js';
import { fiveKafkajsServices, fusedKafkajs } from '../peers/kafkajs.js';
import { kafkaStreams } from '../peers/streams.js';
import type { Contestant } from './contestant.js';
import { fiveJobs, fusedJobs } from './ours.js';

export const contestants: readonly Contestant[] = [
  fiveJobs,
  fusedJobs,
  fiveKafkajsServices,
  fusedKafkajs,
  beamPython,
  kafkaStreams,
  dbosBatches,
  dbosOrders,
];
