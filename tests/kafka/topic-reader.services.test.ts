/** Reading a topic while its group is joined anew, as after a broker was away: each record once, and on from where it was. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Config } from '../../config.js';
import { kafkaClient, withKafkaAdmin } from '../../kafka/client.js';
import { readTopic } from '../../kafka/topic-reader.js';
import { applyTopics } from '../../kafka/topics.js';
import { up } from '../../local/up.js';
import { localStack, removeLocalStack } from '../local-stack.js';

const topic = 'valid_order';
const records = 4_000;

let config: Config;

beforeAll(async () => {
  config = await localStack();
  await up(config, { only: ['kafka'], progress: 'silent' });
  await applyTopics(config);
  const producer = kafkaClient(config, 'test').producer();
  await producer.connect();
  for (let sent = 0; sent < records; sent += 100) {
    const messages = Array.from({ length: 100 }, (_, index) => ({ key: `o-${sent + index}`, value: 'x' }));
    await producer.send({ topic, messages });
  }
  await producer.disconnect();
}, 120_000);

afterAll(() => removeLocalStack(config), 60_000);

/** Has a second member join the reader's group, and leave it. */
async function joinAndLeave(): Promise<void> {
  const groupId = await vi.waitUntil(
    () =>
      withKafkaAdmin(config, async (admin) => {
        // The broker knows its groups only some moments after it has started.
        const { groups } = await admin.listGroups().catch(() => ({ groups: [] }));
        return groups.find((group) => group.groupId.startsWith('orderflow-reader-'))?.groupId;
      }),
    { timeout: 20_000, interval: 100 },
  );
  const other = kafkaClient(config, 'test').consumer({ groupId });
  const hasJoined = new Promise<void>((resolve) => void other.on(other.events.GROUP_JOIN, () => resolve()));
  await other.connect();
  await other.subscribe({ topic });
  await other.run({ autoCommit: false, eachBatch: async () => {} });
  await hasJoined;
  await other.disconnect();
}

test('hands each record over once, in order, also when the group is joined anew', { timeout: 120_000 }, async () => {
  const seen = new Map<number, number[]>();
  let isDisturbed = false;
  const reading = readTopic(config, topic, async ({ partition, offset }) => {
    const offsets = seen.get(partition) ?? [];
    seen.set(partition, offsets);
    offsets.push(offset);
    // Slowly, until it was disturbed in the middle.
    if (!isDisturbed) await sleep(5);
  });
  await joinAndLeave();
  isDisturbed = true;
  expect(await reading).toMatchObject({ records });
  for (const offsets of seen.values()) expect(offsets).toEqual(offsets.map((_, index) => index));
  expect([...seen.values()].flat()).toHaveLength(records);
});
