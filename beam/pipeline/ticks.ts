/** A PCollection that ticks for ever: what a stage does on its own, without records, as part of its job. */
import '../sdk.js';
import { BytesCoder } from 'apache-beam/coders/required_coders';
import type { PCollection, Root } from 'apache-beam/pvalue';
import type { PTransform } from 'apache-beam/transforms/transform';
import { runnerSource } from './runner-transform.js';

/** One element every `periodMillis` in each of the job's subtasks. Has no state: a pause of the job makes up for no tick. */
export const ticks = (name: string, periodMillis: number): PTransform<Root, PCollection<unknown>> =>
  // Known to Beam's own translation for Flink, which takes 0 messages for no end.
  runnerSource<unknown>(
    name,
    'flink:transform:streaming_impulse:v1',
    { interval_ms: periodMillis, message_count: 0 },
    new BytesCoder(),
  );
