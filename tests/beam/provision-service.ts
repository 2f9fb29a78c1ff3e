/** The service by which a runner tells its workers of their job (Fn API, ProvisionService), played by a test. */
import * as grpc from '@grpc/grpc-js';
import '../../beam/sdk.js';
import { GetProvisionInfoResponse, ProvisionInfo } from 'apache-beam/proto/beam_provision_api';
import { provisionServiceDefinition } from 'apache-beam/proto/beam_provision_api.grpc-server';
import { optionsStruct } from '../../beam/pipeline/portable-runner.js';

export interface ProvisionService {
  readonly endpoint: string;
  /** The id by which the last worker asked. */
  askedBy(): string | undefined;
  close(): void;
}

/** Answers each worker with these options of the job, or fails so, on a free port. */
export async function startProvisionService(
  answer: Record<string, string> | { readonly code: grpc.status },
): Promise<ProvisionService> {
  let askedBy: string | undefined;
  const server = new grpc.Server();
  server.addService(provisionServiceDefinition, {
    getProvisionInfo(
      call: grpc.ServerUnaryCall<unknown, GetProvisionInfoResponse>,
      reply: grpc.sendUnaryData<GetProvisionInfoResponse>,
    ) {
      askedBy = call.metadata.get('worker_id').join();
      if (isFailure(answer)) reply(answer);
      else reply(null, infoWith(answer));
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { endpoint: `127.0.0.1:${port}`, askedBy: () => askedBy, close: () => server.forceShutdown() };
}

const isFailure = (answer: object): answer is { readonly code: grpc.status } => 'code' in answer;

const infoWith = (options: Record<string, string>) =>
  GetProvisionInfoResponse.create({ info: ProvisionInfo.create({ pipelineOptions: optionsStruct(options) }) });
