/**
 * Submits pipelines to a Beam job server in front of Flink, with the TypeScript transforms in workers of an external
 * pool. The SDK's PortableRunner knows only LOOPBACK and Docker workers, and loses the job's name and options.
 */
import '../sdk.js';
import { GrpcTransport } from '@protobuf-ts/grpc-transport';
import { asExternalEnvironment, TYPESCRIPT_DEFAULT_ENVIRONMENT_URN } from 'apache-beam/internal/environments';
import { Pipeline } from 'apache-beam/internal/pipeline';
import { ArtifactStagingServiceClient } from 'apache-beam/proto/beam_artifact_api.client';
import { JobMessage_MessageImportance, JobState_Enum } from 'apache-beam/proto/beam_job_api';
import { JobServiceClient } from 'apache-beam/proto/beam_job_api.client';
import { Pipeline as PipelineProto } from 'apache-beam/proto/beam_runner_api';
import { Struct } from 'apache-beam/proto/google/protobuf/struct';
import { Root } from 'apache-beam/pvalue';
import { offerArtifacts } from 'apache-beam/runners/artifacts';
import { channelSecurity, type TlsMaterial } from '../channel-security.js';
import { nameCollections } from './stable-names.js';

/** Beam's Flink pipeline options in camel case, as Java names them. */
export type FlinkOptions = Record<string, string | number | boolean | readonly string[]>;

export interface SubmitOptions {
  /** The name of the Flink job. */
  readonly jobName: string;
  /** host:port of the job server. */
  readonly jobServer: string;
  /** host:port of the worker pool, as the TaskManagers reach it. */
  readonly workerPool: string;
  readonly flinkOptions: FlinkOptions;
  /** PEM, where job server and artifact service speak TLS; plain text unless given. */
  readonly tls?: TlsMaterial;
}

/** Builds the pipeline's proto with every TypeScript environment pointing to the worker pool, and with names that do not depend on other steps. */
export function buildPipeline(build: (root: Root) => void, workerPool: string): PipelineProto {
  const pipeline = new Pipeline();
  build(new Root(pipeline));
  const proto = PipelineProto.clone(pipeline.getProto());
  const { environments } = proto.components!;
  for (const [id, environment] of Object.entries(environments)) {
    if (environment.urn === TYPESCRIPT_DEFAULT_ENVIRONMENT_URN) {
      environments[id] = asExternalEnvironment(environment, workerPool);
    }
  }
  nameCollections(proto.components!);
  return proto;
}

/** `parallelism` → `beam:option:parallelism:v1`, `maxBundleSize` → `beam:option:max_bundle_size:v1`. */
export function optionsStruct(options: FlinkOptions): Struct {
  const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Struct.fromJson(
    Object.fromEntries(
      Object.entries(options).map(([name, value]) => [`beam:option:${snakeCase(name)}:v1`, value as never]),
    ),
  );
}

/**
 * Submits a streaming job and resolves when Flink has taken it, with the state that it goes on from. Rejects with the words of the job
 * server, or of Flink, when they refuse it. Not idempotent: each call makes a job.
 */
export async function submitPipeline(build: (root: Root) => void, options: SubmitOptions): Promise<void> {
  const pipeline = buildPipeline(build, options.workerPool);
  const { tls } = options;
  const transport = new GrpcTransport({ host: options.jobServer, ...channelSecurity(options.jobServer, tls) });
  const jobs = new JobServiceClient(transport);
  try {
    const { response } = jobs.prepare({
      pipeline,
      jobName: options.jobName,
      pipelineOptions: optionsStruct({ ...options.flinkOptions, jobName: options.jobName, streaming: true }),
    });
    const { preparationId, stagingSessionToken, artifactStagingEndpoint } = await response;
    if (artifactStagingEndpoint) {
      const { url } = artifactStagingEndpoint;
      const staging = new GrpcTransport({ host: url, ...channelSecurity(url, tls) });
      // Our pipelines have no artifacts; the folder is one from which nothing can be served.
      await offerArtifacts(new ArtifactStagingServiceClient(staging), stagingSessionToken, '/dev/null');
      staging.close();
    }
    const { jobId } = await jobs.run({ preparationId, retrievalToken: '' }).response;
    await waitUntilTaken(jobs, jobId);
  } finally {
    transport.close();
  }
}

/**
 * Our job server is done with a job when Flink has taken it, or refused it. Of a job that has come so far before its messages are asked for, they
 * end at its first state: Beam's service looks at the job instead of the state that it sends (InMemoryJobService.getMessageStream). Then the job is
 * asked for its state; why it was refused is in the job server's log alone.
 */
async function waitUntilTaken(jobs: JobServiceClient, jobId: string): Promise<void> {
  for await (const { response } of jobs.getMessageStream({ jobId }).responses) {
    if (response.oneofKind === 'messageResponse') {
      const { importance, messageText } = response.messageResponse;
      if (importance === JobMessage_MessageImportance.JOB_MESSAGE_ERROR) throw new Error(messageText);
    }
    if (response.oneofKind === 'stateResponse' && isTaken(response.stateResponse.state)) return;
  }
  const { state } = await jobs.getState({ jobId }).response;
  if (!isTaken(state)) throw new Error('the job server does not say what became of the job');
}

/** Throws where the job was refused. */
function isTaken(state: JobState_Enum): boolean {
  if (state === JobState_Enum.FAILED || state === JobState_Enum.CANCELLED)
    throw new Error(`the job server says ${JobState_Enum[state]}`);
  return state === JobState_Enum.DONE;
}
