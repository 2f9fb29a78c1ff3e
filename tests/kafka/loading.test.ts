import kafkajs from 'kafkajs';
import { expect, test } from 'vitest';
import { whileLoading } from '../../kafka/client.js';

/** As kafkajs throws it after its own tries. */
function afterTries(type: string): Error {
  const { KafkaJSNumberOfRetriesExceeded, KafkaJSProtocolError } = kafkajs;
  const cause = new KafkaJSProtocolError(
    Object.assign(new Error('the broker says no'), { type, code: 14, retriable: true }),
  );
  return new KafkaJSNumberOfRetriesExceeded(cause, { retryCount: 4, retryTime: 2_000, cause } as never);
}

test.each<[type: string, calls: number]>([
  ['GROUP_LOAD_IN_PROGRESS', 2],
  ['NOT_COORDINATOR_FOR_GROUP', 1],
])('what a broker says while it reads its groups (%s) is asked again', async (type, calls) => {
  let called = 0;
  const call = () => {
    called += 1;
    return called === 1 ? Promise.reject(afterTries(type)) : Promise.resolve('read');
  };
  const answer = await whileLoading.execute(call).catch((error: unknown) => error);
  expect(called).toBe(calls);
  expect(answer).toEqual(calls === 2 ? 'read' : expect.any(Error));
});
