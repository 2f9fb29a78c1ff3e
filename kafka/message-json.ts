/** From JSON, as record-json.ts shows messages, back to protobuf: for files of orders that people write. */
import { topics, type TopicName } from '../model/topics.js';
import { fromMillis, v1 } from '../proto/messages.js';

/** The fields that may be ISO 8601 text instead of `{ seconds, nanos }`. */
const timeFields = new Set(['createdAt', 'promisedBy', 'windowStart', 'windowEnd', 'recordTime']);

/**
 * The bytes of a topic's message from its JSON form: fields in lowerCamelCase, enums as names, times as ISO 8601 text or
 * `{ seconds, nanos }`, bytes as base64. Throws an Error that names the field which does not exist or does not fit.
 */
export function encodeFromJson(topic: TopicName, json: unknown): Uint8Array {
  const { message, codec } = topics[topic];
  if (!isObject(json)) throw new Error('expected an object');
  const type = v1[message];
  const decoded = type.fromObject(withTimes(json, ''));
  // fromObject leaves out silently what it does not know.
  requireKept(
    json,
    type.toObject(decoded as never, { defaults: true, enums: String, longs: Number, bytes: String }),
    '',
  );
  return codec.encode(decoded as never);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function withTimes(json: Record<string, unknown>, path: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => {
      if (timeFields.has(name) && typeof value === 'string') return [name, timeOf(value, path + name)];
      return [name, isObject(value) ? withTimes(value, `${path}${name}.`) : value];
    }),
  );
}

function timeOf(text: string, path: string) {
  const millis = Date.parse(text);
  if (Number.isNaN(millis)) throw new Error(`${path}: expected a time such as 2026-01-31T12:00:00Z`);
  return fromMillis(millis);
}

/** Throws for the first thing in `json` that the message does not hold. `path` is empty or ends in a dot. */
function requireKept(json: Record<string, unknown>, message: Record<string, unknown>, path: string): void {
  for (const [name, value] of Object.entries(json)) {
    // Not what every object has, such as `constructor`.
    const kept = Object.hasOwn(message, name) ? message[name] : undefined;
    if (kept === undefined) throw new Error(`${path}${name} is no field of the message`);
    if (Array.isArray(value))
      value.forEach((entry, index) => requireEntry(entry, (kept as unknown[])[index], `${path}${name}[${index}]`));
    else requireEntry(value, kept, path + name);
  }
}

function requireEntry(value: unknown, kept: unknown, path: string): void {
  if (isObject(value) && isObject(kept)) requireKept(value, kept, `${path}.`);
  else if (typeof value === 'string' && typeof kept === 'string' && kept.endsWith('_UNSPECIFIED') && value !== kept)
    throw new Error(`${path}: there is no such value`);
  else if (typeof value === 'number' && typeof kept === 'number' && value !== kept)
    throw new Error(`${path}: the number does not fit`);
}
