/** Operators of ours in place of the SDK's: an operator is found by its transform's URN. */
import '../sdk.js';
import { ParDoPayload, type FunctionSpec, type PTransform, type StateSpec } from 'apache-beam/proto/beam_runner_api';
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

/** How the URNs of DoFns of ours begin. The runner does not look into them; the operator is registered under the DoFn's URN. */
const doFnPrefix = 'orderflow:dofn:';

/** What the runner is told of a ParDo with a DoFn of ours, and of the state that it keeps. */
export function parDoSpec(doFn: FunctionSpec, stateSpecs: Record<string, StateSpec> = {}): FunctionSpec {
  return { urn: parDoUrn, payload: ParDoPayload.toBinary(ParDoPayload.create({ doFn, stateSpecs })) };
}

/**
 * Gives the ParDos with DoFns of ours their operators. The runner must see ordinary ParDos, so that this is done at the last moment: on a
 * bundle's descriptor, or on the pipeline of a DirectRunner. Idempotent.
 */
export function withDoFnOperators(transforms: Record<string, PTransform>): void {
  for (const transform of Object.values(transforms)) {
    if (transform.spec?.urn !== parDoUrn) continue;
    const { doFn } = ParDoPayload.fromBinary(transform.spec.payload);
    if (doFn?.urn.startsWith(doFnPrefix)) transform.spec = doFn;
  }
}
