/** The operator: releases dead letters, and is killed in between. The steps are those of dead-letters/replay.ts. */
import { createLetterIndex, stateOf, type Letter } from '../dead-letters/letters.js';
import { obstacleTo } from '../dead-letters/replay.js';
import type { Random } from '../generator/random.js';
import type { InMemoryMetastore } from '../metastore/in-memory.js';
import type { ReleaseLine } from '../metastore/releases.js';
import { contentOf, type KafkaRecord } from '../model/record.js';
import { headersOf, releaseTopicOf } from '../model/release.js';
import { deadLetterCodec } from '../proto/messages.js';
import type { Topics } from './topics.js';

export function createOperator(random: Random, topics: Topics, metastore: InMemoryMetastore) {
  const lines = new Map<string, ReleaseLine[]>();
  const sent: KafkaRecord[] = [];

  function letters(): Letter[] {
    const index = createLetterIndex();
    for (const record of topics.all('dead_letter')) index.add(record);
    return index.result().letters.filter((letter) => {
      const state = stateOf(letter, lines.get(letter.id) ?? []);
      return state !== 'released' && obstacleTo(letter) === null;
    });
  }

  /** Claims, sends, marks; `diesAfter` is how far it comes. */
  function release(letter: Letter, diesAfter: 'claim' | 'send' | 'mark'): string {
    const number = letter.returned + 1;
    const name = `${letter.id}/${number}`;
    const { key, value } = deadLetterCodec.decode(
      topics.all('dead_letter').find((record) => `${record.partition}@${record.offset}` === letter.position)!.value!,
    );
    metastore.claimRelease(name, contentOf(value));
    const line: ReleaseLine = { letter: letter.id, number, claimedAt: 0, sentAt: null, by: 'operator', why: '' };
    const others = (lines.get(letter.id) ?? []).filter((other) => other.number !== number);
    lines.set(letter.id, [...others, line]);
    if (diesAfter === 'claim') return `claims release ${name} of ${letter.orderId}, and dies`;
    sent.push(topics.append(releaseTopicOf(letter)!, { key, value }, headersOf(name)));
    if (diesAfter === 'send') return `sends release ${name} of ${letter.orderId}, and dies`;
    lines.set(letter.id, [...others, { ...line, sentAt: 1 }]);
    return `sends release ${name} of ${letter.orderId}`;
  }

  return {
    /** Releases one letter, perhaps not to the end; says what it did. */
    releaseOne(): string {
      const [open] = [letters()];
      if (open.length === 0) return 'finds no dead letter to release';
      return release(random.pick(open), random.pick(['claim', 'send', 'mark', 'mark']));
    },
    /** Goes on with what was cut off. */
    finish(): void {
      for (const letter of letters())
        if (stateOf(letter, lines.get(letter.id) ?? []) === 'claimed') release(letter, 'mark');
    },
    /** The records that were sent back. */
    sent: sent as readonly KafkaRecord[],
  };
}
