/** What a submission makes of the job server's answers: a server of the test's own, which answers as Beam's does. */
import '../../../beam/sdk.js';
import * as grpc from '@grpc/grpc-js';
import {
  JobMessage_MessageImportance,
  JobMessagesResponse,
  JobService,
  JobState_Enum,
  JobStateEvent,
  PrepareJobResponse,
  RunJobResponse,
} from 'apache-beam/proto/beam_job_api';
import { impulse } from 'apache-beam/transforms/internal';
import { afterEach, expect, test } from 'vitest';
import { submitPipeline } from '../../../beam/pipeline/portable-runner.js';

const { DONE, FAILED, RUNNING, STARTING, STOPPED } = JobState_Enum;

let server: grpc.Server;
afterEach(() => server.forceShutdown());

/** What the messages are before they end, and what the job's state is when it is asked for: the first time, the second… and from the last on. */
interface Job {
  readonly messages: readonly (JobState_Enum | string)[];
  readonly state: JobState_Enum | readonly JobState_Enum[];
}

const messageOf = (message: JobState_Enum | string) =>
  JobMessagesResponse.create({
    response:
      typeof message === 'string'
        ? {
            oneofKind: 'messageResponse',
            messageResponse: {
              messageId: '',
              time: '',
              importance: JobMessage_MessageImportance.JOB_MESSAGE_ERROR,
              messageText: message,
            },
          }
        : { oneofKind: 'stateResponse', stateResponse: { state: message } },
  });

async function startJobServer({ messages, state }: Job): Promise<string> {
  server = new grpc.Server();
  const states = [state].flat();
  const answers: Record<string, () => unknown> = {
    Prepare: () => PrepareJobResponse.create({ preparationId: 'prepared' }),
    Run: () => RunJobResponse.create({ jobId: 'job' }),
    GetState: () => JobStateEvent.create({ state: states.length > 1 ? states.shift() : states[0] }),
  };
  for (const { name, I, O, serverStreaming } of JobService.methods) {
    if (name !== 'GetMessageStream' && !(name in answers)) continue;
    const method = {
      path: `/${JobService.typeName}/${name}`,
      requestStream: false,
      responseStream: serverStreaming,
      requestSerialize: (message: object) => Buffer.from(I.toBinary(message)),
      requestDeserialize: (bytes: Buffer) => I.fromBinary(bytes),
      responseSerialize: (message: object) => Buffer.from(O.toBinary(message)),
      responseDeserialize: (bytes: Buffer) => O.fromBinary(bytes),
    };
    const stream = (call: grpc.ServerWritableStream<object, object>) => {
      for (const message of messages) call.write(messageOf(message));
      call.end();
    };
    const unary: grpc.handleUnaryCall<object, object> = (_call, answer) => answer(null, answers[name]!() as object);
    server.addService({ [name]: method }, { [name]: serverStreaming ? stream : unary });
  }
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return `127.0.0.1:${port}`;
}

const submit = async (job: Job) =>
  submitPipeline((root) => void root.apply(impulse()), {
    jobName: 'test',
    jobServer: await startJobServer(job),
    workerPool: '127.0.0.1:1',
    runnerOptions: {},
  });

test('a job is submitted when the server is done with it', async () => {
  await expect(submit({ messages: [STOPPED, STARTING, RUNNING, DONE], state: DONE })).resolves.toBeUndefined();
});

test('a job that was done before its messages were asked for is submitted: they end at its first state', async () => {
  await expect(submit({ messages: [STOPPED], state: DONE })).resolves.toBeUndefined();
});

test('a job that goes on after its messages have ended is waited for', async () => {
  await expect(submit({ messages: [STOPPED], state: [STARTING, RUNNING, DONE] })).resolves.toBeUndefined();
});

test.each([
  ['what Flink said', { messages: [STOPPED, RUNNING, 'no such state', FAILED], state: FAILED }, 'no such state'],
  ['its state', { messages: [STOPPED, RUNNING, FAILED], state: FAILED }, 'the job server says FAILED'],
  ['its state, where no message came', { messages: [STOPPED], state: FAILED }, 'the job server says FAILED'],
  ['its state, later', { messages: [STOPPED], state: [RUNNING, FAILED] }, 'the job server says FAILED'],
])('a job that is not submitted is rejected with %s', async (_what, job, words) => {
  await expect(submit(job)).rejects.toThrow(words);
});
