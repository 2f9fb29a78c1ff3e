/** The name of a worker's job, from a provision service as a runner has it. */
import * as grpc from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { readJobName } from '../../../beam/fn-api/provision.js';
import { startProvisionService, type ProvisionService } from '../provision-service.js';

const services: ProvisionService[] = [];
afterEach(() => services.splice(0).forEach((service) => service.close()));

async function start(...answer: Parameters<typeof startProvisionService>): Promise<ProvisionService> {
  const service = await startProvisionService(...answer);
  services.push(service);
  return service;
}

test('is among the options that the job was submitted with', async () => {
  const { endpoint, askedBy } = await start({ jobName: 'router', parallelism: '2' });
  expect(await readJobName(endpoint, 'w1')).toBe('router');
  expect(askedBy()).toBe('w1');
});

test('is not known where the options do not have it', async () => {
  const { endpoint } = await start({ parallelism: '2' });
  expect(await readJobName(endpoint, 'w1')).toBeUndefined();
});

test('is an error where the runner has no answer', async () => {
  const { endpoint } = await start({ code: grpc.status.UNIMPLEMENTED });
  await expect(readJobName(endpoint, 'w1')).rejects.toMatchObject({ code: grpc.status.UNIMPLEMENTED });
});
