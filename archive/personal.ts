/** Which records may not be archived with their bytes, where orders are sealed: what is plain there could not be erased any more. */
import { topicNameOf } from '../model/incarnation.js';
import { releaseTopicOf } from '../model/release.js';
import { topicNames, topics, type TopicName } from '../model/topics.js';
import { personalFieldNames } from '../personal-data/sealing.js';
import { messageIn, type Codec, type DeadLetter, type Order } from '../proto/messages.js';

/** What of a message may hold an order. */
interface Holder {
  readonly order?: Order | null;
  readonly enrichedOrder?: Holder | null;
}

/** Whether a value says who ordered, in plain form; also where that cannot be told, since it is no message of the topic. */
export function holdsPlainPersonalData(topic: TopicName, value: Uint8Array | null): boolean {
  if (!value || value.length === 0) return false;
  const message = messageIn(topics[topic].codec as Codec<object>, value);
  if (!message) return true;
  if (topic === 'aggregated_order') return false;
  if (topic === 'dead_letter') return holdsPlainLetter(message as DeadLetter);
  const holder = message as Holder;
  const order = topic === 'raw_order' || topic === 'valid_order' ? (message as Order) : orderIn(holder);
  return order ? personalFieldNames.some((field) => Boolean(order[field])) : false;
}

const orderIn = ({ order, enrichedOrder }: Holder): Order | null | undefined =>
  enrichedOrder ? orderIn(enrichedOrder) : order;

/** The bytes of a record that was carried to its stage are those that the stage reads, and not of the topic that it stands on. */
function holdsPlainLetter({ topic, step, value }: DeadLetter): boolean {
  const from = releaseTopicOf({ topic, step }) ?? topicNameOf(topic);
  const name = topicNames.find((one) => one === from);
  return name ? holdsPlainPersonalData(name, value) : value.length > 0;
}
