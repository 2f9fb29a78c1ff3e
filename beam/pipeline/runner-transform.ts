/** Transforms that the runner itself does: they have no environment, and a payload of JSON. flink/ has what Flink does for them. */
import '../sdk.js';
import type { Coder } from 'apache-beam/coders/coders';
import { FunctionSpec, IsBounded_Enum, type PTransform as PTransformProto } from 'apache-beam/proto/beam_runner_api';
import type { PCollection, PValue, Root } from 'apache-beam/pvalue';
import { withName, type PTransform } from 'apache-beam/transforms/transform';

interface Pipeline {
  readonly globalWindowing: string;
  createPCollectionInternal(coder: unknown, windowing: string, isBounded: IsBounded_Enum): never;
}

function describe(transformProto: PTransformProto, urn: string, payload: object): void {
  transformProto.environmentId = '';
  transformProto.spec = FunctionSpec.create({ urn, payload: new TextEncoder().encode(JSON.stringify(payload)) });
}

/** A source without an end, whose elements have this coder. */
export function runnerSource<T>(
  name: string,
  urn: string,
  payload: object,
  coder: Coder<T>,
): PTransform<Root, PCollection<T>> {
  return withName(name, ((_root: Root, pipeline: Pipeline, transformProto: PTransformProto) => {
    describe(transformProto, urn, payload);
    return pipeline.createPCollectionInternal(coder, pipeline.globalWindowing, IsBounded_Enum.UNBOUNDED);
  }) as never);
}

/** An end of the pipeline. */
export function runnerSink<T>(name: string, urn: string, payload: object): PTransform<PCollection<T>, PValue<never>> {
  return withName(name, ((_input: unknown, _pipeline: Pipeline, transformProto: PTransformProto) =>
    describe(transformProto, urn, payload)) as never);
}
