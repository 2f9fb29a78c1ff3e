/** Runs a pipeline in this process on the SDK's DirectRunner, our operators included. Bounded input, no servers. */
import '../sdk.js';
import { Pipeline } from 'apache-beam/internal/pipeline';
import { Pipeline as PipelineProto } from 'apache-beam/proto/beam_runner_api';
import { Root } from 'apache-beam/pvalue';
import { directRunner } from 'apache-beam/runners/direct_runner';
import { withDoFnOperators } from '../operators/operator-urns.js';

/** Resolves when the pipeline has ended; rejects with the error of the transform that failed. */
export async function runDirectly(build: (root: Root) => void): Promise<void> {
  const pipeline = new Pipeline();
  build(new Root(pipeline));
  const proto = PipelineProto.clone(pipeline.getProto());
  withDoFnOperators(proto.components!.transforms);
  // The SDK writes a line per bundle.
  const { debug } = console;
  console.debug = () => undefined;
  try {
    const runner = directRunner() as unknown as { runPipeline(proto: PipelineProto): Promise<unknown> };
    await runner.runPipeline(proto);
  } finally {
    console.debug = debug;
  }
}
