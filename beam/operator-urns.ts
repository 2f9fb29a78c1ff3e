/** Operators of ours in place of the SDK's: an operator is found by its transform's URN. */
import './sdk.js';
import { ParDoPayload, type PTransform } from 'apache-beam/proto/beam_runner_api';
import { parDo } from 'apache-beam/transforms/pardo';

export const parDoUrn = (parDo as unknown as { urn: string }).urn;

/**
 * Gives the transforms with one URN the operator that is registered under another. The runner must not see it, so that this is done to a
 * bundle's descriptor. Idempotent.
 */
export function substituteOperator(transforms: Record<string, PTransform>, urn: string, operatorUrn: string): void {
  for (const transform of Object.values(transforms)) {
    if (transform.spec?.urn === urn) transform.spec = { ...transform.spec, urn: operatorUrn };
  }
}

/**
 * Gives the ParDos with such a DoFn the operator that is registered under a URN, with the DoFn's payload. The runner must see ordinary
 * ParDos, so that this is done at the last moment: on a bundle's descriptor, or on the pipeline of a DirectRunner. Idempotent.
 */
export function substituteDoFnOperator(
  transforms: Record<string, PTransform>,
  doFnUrn: string,
  operatorUrn: string,
): void {
  for (const transform of Object.values(transforms)) {
    if (transform.spec?.urn !== parDoUrn) continue;
    const { doFn } = ParDoPayload.fromBinary(transform.spec.payload);
    if (doFn?.urn === doFnUrn) transform.spec = { urn: operatorUrn, payload: doFn.payload };
  }
}
