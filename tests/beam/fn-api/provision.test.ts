/** The name of a worker's job, from a provision service as a runner has it. */
import * as grpc from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import '../../../beam/sdk.js';
import { GetProvisionInfoResponse, ProvisionInfo } from 'apache-beam/proto/beam_provision_api';
import { provisionServiceDefinition } from 'apache-beam/proto/beam_provision_api.grpc-server';
import { optionsStruct } from '../../../beam/pipeline/portable-runner.js';
import { readJobName } from '../../../beam/fn-api/provision.js';

const servers: grpc.Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.forceShutdown()));

/** The endpoint of a service that answers so to worker `w1`. */
async function serve(answer: GetProvisionInfoResponse | { code: grpc.status }): Promise<string> {
  const server = new grpc.Server();
  servers.push(server);
  server.addService(provisionServiceDefinition, {
    getProvisionInfo(
      call: grpc.ServerUnaryCall<unknown, GetProvisionInfoResponse>,
      reply: grpc.sendUnaryData<GetProvisionInfoResponse>,
    ) {
      expect(call.metadata.get('worker_id')).toEqual(['w1']);
      if ('code' in answer) reply(answer);
      else reply(null, answer);
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return `127.0.0.1:${port}`;
}

const infoWith = (options: Record<string, string>) =>
  GetProvisionInfoResponse.create({ info: ProvisionInfo.create({ pipelineOptions: optionsStruct(options) }) });

test('is among the options that the job was submitted with', async () => {
  expect(await readJobName(await serve(infoWith({ jobName: 'router', parallelism: '2' })), 'w1')).toBe('router');
});

test('is not known where the options do not have it', async () => {
  expect(await readJobName(await serve(infoWith({ parallelism: '2' })), 'w1')).toBeUndefined();
});

test('is an error where the runner has no answer', async () => {
  const endpoint = await serve({ code: grpc.status.UNIMPLEMENTED });
  await expect(readJobName(endpoint, 'w1')).rejects.toMatchObject({ code: grpc.status.UNIMPLEMENTED });
});
