/**
 * Submits pipelines to a Beam job server, in front of Flink or of Spark, with the TypeScript transforms in workers of an external
 * pool. The SDK's PortableRunner knows only LOOPBACK and Docker workers, and loses the job's name and options.
 */
import '../sdk.js';
import { setTimeout as sleep } from 'node:timers/promises';
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

/** The runner's pipeline options in camel case, as Java names them. */
export type RunnerOptions = Record<string, string | number | boolean | readonly string[]>;

export interface SubmitOptions {
  /** The name of the job, and of Spark's application. */
  readonly jobName: string;
  /** host:port of the job server. */
  readonly jobServer: string;
  /** host:port of the worker pool, as the TaskManagers or Spark's executors reach it. */
  readonly workerPool: string;
  readonly runnerOptions: RunnerOptions;
  /** Whether the pipeline has an end. */
  readonly isBounded?: boolean;
  /** Cancels the job, where its job server is its driver: that of Spark. */
  readonly signal?: AbortSignal;
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
export function optionsStruct(options: RunnerOptions): Struct {
  const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Struct.fromJson(
    Object.fromEntries(
      Object.entries(options).map(([name, value]) => [`beam:option:${snakeCase(name)}:v1`, value as never]),
    ),
  );
}

/**
 * Submits a job and resolves when the job server is done with it: that of Flink when Flink has taken the job, with the state that it goes on from,
 * that of Spark when the job has ended. Rejects with the words of the job server, or of its runner, when they refuse it, or when it fails. Not
 * idempotent: each call makes a job.
 */
export async function submitPipeline(build: (root: Root) => void, options: SubmitOptions): Promise<void> {
  const pipeline = buildPipeline(build, options.workerPool);
  const { tls, signal } = options;
  const transport = new GrpcTransport({ host: options.jobServer, ...channelSecurity(options.jobServer, tls) });
  const jobs = new JobServiceClient(transport);
  try {
    const { response } = jobs.prepare({
      pipeline,
      jobName: options.jobName,
      pipelineOptions: optionsStruct({
        ...options.runnerOptions,
        jobName: options.jobName,
        streaming: !options.isBounded,
      }),
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
    const cancel = () => void jobs.cancel({ jobId }).response.catch(() => undefined);
    signal?.addEventListener('abort', cancel);
    if (signal?.aborted) cancel();
    await waitUntilDone(jobs, jobId).finally(() => signal?.removeEventListener('abort', cancel));
  } finally {
    transport.close();
  }
}

/** How often a job is asked for its state whose messages have ended before it has, in ms. */
const askAgainMs = 500;

/**
 * Of a job that is in a state already before its messages are asked for, they end at its first state: Beam's service looks at the job instead of the
 * state that it sends (InMemoryJobService.getMessageStream). Then the job is asked for its state; why it was refused is in the job server's log
 * alone.
 */
async function waitUntilDone(jobs: JobServiceClient, jobId: string): Promise<void> {
  for await (const { response } of jobs.getMessageStream({ jobId }).responses) {
    if (response.oneofKind === 'messageResponse') {
      const { importance, messageText } = response.messageResponse;
      if (importance === JobMessage_MessageImportance.JOB_MESSAGE_ERROR) throw new Error(messageText);
    }
    if (response.oneofKind === 'stateResponse' && isDone(response.stateResponse.state)) return;
  }
  while (!isDone((await jobs.getState({ jobId }).response).state)) await sleep(askAgainMs);
}

/** Throws where the job was refused, or has failed. */
function isDone(state: JobState_Enum): boolean {
  if (state === JobState_Enum.FAILED || state === JobState_Enum.CANCELLED)
    throw new Error(`the job server says ${JobState_Enum[state]}`);
  return state === JobState_Enum.DONE;
}
