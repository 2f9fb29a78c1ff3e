/** A PCollection that ticks for ever: what a stage does on its own, without records, as part of its job. */
import '../sdk.js';
import type { PCollection, Root } from 'apache-beam/pvalue';
import type { AsyncPTransform } from 'apache-beam/transforms/transform';
import { externalTransform } from './external-transform.js';

/**
 * One element every `periodMillis`, by Java's GenerateSequence. After a pause of the job the missed ticks come at once.
 */
export function ticks(
  name: string,
  periodMillis: number,
  expansionService: string,
): AsyncPTransform<Root, PCollection<unknown>> {
  return externalTransform(
    name,
    'beam:external:java:generate_sequence:v1',
    { start: 0, elements_per_period: 1, period: periodMillis },
    expansionService,
  );
}
