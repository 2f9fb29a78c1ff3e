/**
 * Releases dead letters: sends the original bytes back where they came from, once per release.
 *
 * A release is claimed in the metastore, sent, and marked as sent, in this order. What dies in between leaves a claim, and
 * the next replay sends the same release again: the record says in a header which one it is, by which its stage knows it
 * (metastore/claimant.ts). A letter gets another release only after it has come back from the one before, so that the
 * number of a release follows from the topic alone, and no two commands can make two releases of one.
 */
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { maxRequestBytes } from '../kafka/client.js';
import { readTopic } from '../kafka/topic-reader.js';
import { withPool, type PoolClient } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import { aloneWithReleases, claimReleases, markReleasesSent, readReleases } from '../metastore/releases.js';
import { contentOf, type KafkaRecord } from '../model/record.js';
import { mostReleases, releaseTopicOf } from '../model/release.js';
import { topics, type TopicName } from '../model/topics.js';
import { deadLetterCodec } from '../proto/messages.js';
import { isCut } from '../transforms/step/dead-letter.js';
import {
  byLetter,
  filterLetters,
  positionOf,
  readLetters,
  stateOf,
  type Letter,
  type LetterFilter,
  type LetterState,
} from './letters.js';
import { withSender, type Send } from './send.js';

/** The letters with these ids, or all that the filter lets pass. */
export type Selection = { readonly ids: readonly string[] } | { readonly all: LetterFilter };

export interface ReplayOptions {
  readonly by: string;
  readonly why: string;
  /** Say what would be sent, and send nothing. */
  readonly isDryRun?: boolean;
  /** Told when another replay has to end first. */
  readonly onWait?: () => void;
  readonly onProgress?: (sent: number, of: number) => void;
  /** Kafka's, unless given. */
  readonly send?: Send;
}

/**
 * sent: by this call, the first time · sent again: a replay before was cut off, and may have sent it; its stage takes it
 * once · released: nothing to do, it was sent before and has not come back · refused: it cannot be released.
 */
export type ReplayOutcome = 'sent' | 'sent again' | 'released' | 'refused';

export interface Replayed {
  readonly id: string;
  /** The number of the release; of a refused letter that which it would have. */
  readonly release: number;
  readonly outcome: ReplayOutcome;
  /** Of a refused one, a sentence; else empty. */
  readonly problem: string;
}

/** The most that is claimed at once. */
const mostLetters = 500;

/**
 * Releases the letters that are selected. Throws OperatorError UNKNOWN_DEAD_LETTER, before anything is sent, for an id that
 * is not in the topic, and fails as Kafka and the metastore do; then, and when killed, calling it again goes on.
 */
export async function replay(config: Config, selection: Selection, options: ReplayOptions): Promise<Replayed[]> {
  return withPool(databaseOf(config, 'operator'), (pool) =>
    aloneWithReleases(pool, (client) => replayAlone(config, client, selection, options), options.onWait ?? (() => {})),
  );
}

async function replayAlone(config: Config, client: PoolClient, selection: Selection, options: ReplayOptions) {
  const chosen = choose((await readLetters(config)).letters, selection);
  const releases = byLetter(await readReleases(client, { letters: chosen.map(({ id }) => id) }));
  const results = new Map<string, Replayed>();
  const open: Letter[] = [];
  for (const letter of chosen) {
    const state = stateOf(letter, releases.get(letter.id) ?? []);
    const problem = obstacleTo(letter);
    if (problem !== null) results.set(letter.id, resultOf(letter, 'refused', problem));
    else results.set(letter.id, resultOf(letter, outcomeOf[state]));
    if (problem === null && state !== 'released') open.push(letter);
  }
  if (open.length > 0 && !options.isDryRun) {
    const sendAll = (send: Send) => sendLetters(config, client, open, send, options, results);
    await (options.send ? sendAll(options.send) : withSender(config, sendAll));
  }
  return chosen.map(({ id }) => results.get(id)!);
}

const outcomeOf: Record<LetterState, ReplayOutcome> = { waiting: 'sent', claimed: 'sent again', released: 'released' };

const resultOf = ({ id, returned }: Letter, outcome: ReplayOutcome, problem = ''): Replayed => ({
  id,
  release: returned + 1,
  outcome,
  problem,
});

function choose(letters: readonly Letter[], selection: Selection): Letter[] {
  if ('all' in selection) return filterLetters(letters, selection.all);
  const ids = new Set(selection.ids);
  const found = letters.filter(({ id }) => ids.delete(id));
  const [missing] = ids;
  if (missing === undefined) return found;
  const message = `there is no dead letter ${missing}: \`orderflow dead-letters list\` shows those that there are`;
  throw new OperatorError('UNKNOWN_DEAD_LETTER', message, { exitCode: 2 });
}

/** Why a letter cannot be released at all; null where it can. */
export function obstacleTo({ topic, step, reason, error, returned }: Letter): string | null {
  if (releaseTopicOf({ topic, step }) === undefined)
    return `${step} reads no ${topic} any more: its record has nowhere to go`;
  if (isCut(error)) return 'its value was too large to be kept whole: publish the original again';
  if (reason === 'TOO_LATE')
    return 'it came too late to be aggregated, and its window is closed; the order itself has gone its way';
  if (returned >= mostReleases)
    return `it has come back from release ${returned}, and there can be no other: publish the original again`;
  return null;
}

/** Reads the letters once more, for their bytes, and sends them back in batches. */
async function sendLetters(
  config: Config,
  client: PoolClient,
  letters: readonly Letter[],
  send: Send,
  { by, why, onProgress }: ReplayOptions,
  results: Map<string, Replayed>,
): Promise<void> {
  const wanted = new Map(letters.map((letter) => [letter.position, letter]));
  let batch: Original[] = [];
  let bytes = 0;
  let done = 0;

  async function flush(): Promise<void> {
    const originals = batch;
    [batch, bytes] = [[], 0];
    const releases = originals.map(({ letter: { id, returned, orderId }, value }) => ({
      letter: id,
      number: returned + 1,
      orderId,
      content: contentOf(value),
    }));
    const claims = await claimReleases(client, releases, { by, why });
    const problem = await sendOrRefuse(send, originals);
    if (problem === null) await markReleasesSent(client, releases);
    originals.forEach(({ letter }, index) => {
      const outcome = claims[index] === 'CLAIMED' ? 'sent' : 'sent again';
      results.set(letter.id, problem === null ? resultOf(letter, outcome) : resultOf(letter, 'refused', problem));
    });
    done += originals.length;
    onProgress?.(done, letters.length);
  }

  await readTopic(config, 'dead_letter', async (record) => {
    const letter = wanted.get(positionOf(record));
    if (!letter) return;
    const original = originalOf(letter, record);
    if (batch.length === mostLetters || (batch.length > 0 && bytes + original.value.length > maxRequestBytes))
      await flush();
    batch.push(original);
    bytes += original.value.length;
  });
  if (batch.length > 0) await flush();
}

interface Original {
  readonly letter: Letter;
  readonly topic: TopicName;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

function originalOf(letter: Letter, record: KafkaRecord): Original {
  const { key, value } = deadLetterCodec.decode(record.value as Uint8Array);
  return { letter, topic: releaseTopicOf(letter)!, key, value };
}

/** A batch of several is smaller than what Kafka takes at once; a single record may be too large for its topic. */
async function sendOrRefuse(send: Send, originals: readonly Original[]): Promise<string | null> {
  try {
    await send(
      originals.map(({ letter, topic, key, value }) => ({
        topic,
        key,
        value,
        release: `${letter.id}/${letter.returned + 1}`,
      })),
    );
    return null;
  } catch (error) {
    const [original] = originals;
    if ((error as { type?: string }).type !== 'MESSAGE_TOO_LARGE' || !original || originals.length > 1) throw error;
    const { topic } = original;
    return `Kafka takes no record of this size on ${topic} (${topics[topic].maxMessageBytes} bytes): publish the original again`;
  }
}
