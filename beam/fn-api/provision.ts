/** What the runner tells a worker of its job (Fn API, service ProvisionService). */
import '../sdk.js';
import * as grpc from '@grpc/grpc-js';
import type { GetProvisionInfoResponse } from 'apache-beam/proto/beam_provision_api';
import { ProvisionServiceClient } from 'apache-beam/proto/beam_provision_api.grpc-client';

const timeoutMillis = 10_000;

/** The job's name as it was submitted; undefined where the runner does not tell one. Rejects when it does not answer in time. */
export async function readJobName(endpoint: string, workerId: string): Promise<string | undefined> {
  const metadata = new grpc.Metadata();
  metadata.add('worker_id', workerId);
  const client = new ProvisionServiceClient(endpoint, grpc.ChannelCredentials.createInsecure(), {}, {});
  try {
    const { info } = await new Promise<GetProvisionInfoResponse>((resolve, reject) => {
      client.getProvisionInfo(
        {},
        metadata,
        { deadline: Date.now() + timeoutMillis },
        (error: grpc.ServiceError | null, value?: GetProvisionInfoResponse) =>
          value ? resolve(value) : reject(error!),
      );
    });
    const name = info?.pipelineOptions?.fields['beam:option:job_name:v1']?.kind;
    return name?.oneofKind === 'stringValue' ? name.stringValue : undefined;
  } finally {
    client.close();
  }
}
