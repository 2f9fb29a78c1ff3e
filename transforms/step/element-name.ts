/** What an element of a pipeline is called in errors: its order, and where it stands in Kafka. Never anything else of it. */
import type { KafkaRecord } from '../../model/record.js';
import { orderIn } from '../decoding/decode.js';
import type { StepOutput } from './step.js';

const isRecord = (element: object): element is KafkaRecord =>
  'topic' in element && 'partition' in element && 'offset' in element;

/**
 * `order 7 (raw_order 3@1234)` for a record at offset 1234 of partition 3, `record raw_order 3@1234` where no valid order
 * can be read in it, `order 7` for a step's output, undefined for anything else.
 */
export function nameOfElement(element: unknown): string | undefined {
  if (typeof element !== 'object' || element === null) return undefined;
  if (isRecord(element)) {
    const position = `${element.topic} ${element.partition}@${element.offset}`;
    const order = orderIn(element);
    return order ? `order ${order.orderId} (${position})` : `record ${position}`;
  }
  const [topic, output] = Object.entries(element as StepOutput)[0] ?? [];
  if (topic === undefined || !(output?.value instanceof Uint8Array)) return undefined;
  // It has not been written yet, so that it has no place and no time: no order is too far in its future.
  const order = orderIn({ topic, partition: 0, offset: 0, timestamp: Infinity, key: null, value: output.value });
  return order ? `order ${order.orderId}` : undefined;
}
