/** Operators of ours in place of the SDK's: an operator is found by its transform's URN. */
import type { PTransform } from 'apache-beam/proto/beam_runner_api';

/**
 * Gives the transforms with one URN the operator that is registered under another. The runner must not see it, so that this is done to a
 * bundle's descriptor. Idempotent.
 */
export function substituteOperator(transforms: Record<string, PTransform>, urn: string, operatorUrn: string): void {
  for (const transform of Object.values(transforms)) {
    if (transform.spec?.urn === urn) transform.spec = { ...transform.spec, urn: operatorUrn };
  }
}
