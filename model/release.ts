/** Names of dead letters and of their releases, and how a record says which release it belongs to. */
import { fusedStages, passesOverCarried } from './fusion.js';
import { topicNameOf } from './incarnation.js';
import { contentOf, type KafkaRecord, type RecordHeader } from './record.js';
import { stageByName, stages } from './stages.js';
import type { TopicName } from './topics.js';

/**
 * What a dead letter is known by: where its record first stood, and the step that set it aside. It keeps this name when
 * it is released, and comes back.
 */
export interface LetterName {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly step: string;
}

/** One sending back of a dead letter's record: 1, 2, 3… of that letter. See docs/glossary.md. */
export interface Release {
  readonly letter: LetterName;
  readonly number: number;
}

/** Where a record stands: the identity of "the same record read again". */
export interface RecordPosition {
  /** As incarnationOf has it; of a released record that which was set aside stood on. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Set for a record that was sent back from the dead letters. */
  readonly released?: Released;
}

/** Which record of the topic was set aside, and which release of it (1, 2, 3…) this is. */
export interface Released {
  readonly partition: number;
  readonly offset: number;
  readonly number: number;
}

/** The header of a released record; its value is formatRelease's text. */
export const releaseHeader = 'orderflow-release';

/** How often a dead letter can be released: the metastore has room for so many attempts, and one before them (metastore/line-keys.ts). */
export const mostReleases = 1022;

/** Such as `raw_order/3/1234/validator`. */
export const formatLetter = ({ topic, partition, offset, step }: LetterName) =>
  `${topic}/${partition}/${offset}/${step}`;

/** Such as `raw_order/3/1234/validator/1`. */
export const formatRelease = ({ letter, number }: Release) => `${formatLetter(letter)}/${number}`;

/** Null where the text names no release. */
export function parseRelease(text: string): Release | null {
  const [, topic, partition, offset, step, number] =
    /^([a-z_]+(?:~[1-9]\d{0,3})?)\/(\d{1,9})\/(\d{1,15})\/([a-z-]+)\/([1-9]\d{0,3})$/.exec(text) ?? [];
  if (topic === undefined || step === undefined || Number(number) > mostReleases) return null;
  return { letter: { topic, partition: Number(partition), offset: Number(offset), step }, number: Number(number) };
}

/** The header by which a record is recognized as one of this release; none for the empty text. */
export const headersOf = (release: string): RecordHeader[] =>
  release === '' ? [] : [{ key: releaseHeader, value: Buffer.from(release) }];

/** The release that a record belongs to; null for a record that a producer or a stage wrote. */
export function releaseOf({ topic, headers }: Pick<KafkaRecord, 'topic' | 'headers'>): Release | null {
  const value = headers?.find(({ key }) => key === releaseHeader)?.value;
  const release = value ? parseRelease(Buffer.from(value).toString()) : null;
  if (!release) return null;
  // Also where the topic was made anew since: its letters are sent back to the topic that there is.
  const sentTo = releaseTopicOf(release.letter) ?? topicNameOf(release.letter.topic);
  return sentTo === topicNameOf(topic) ? release : null;
}

/**
 * The topic to which a letter's record is sent back: what its stage reads. A record that was carried to the stage (model/fusion.ts) stands on the
 * topic that it was carried from. Undefined where no stage of this name can have set aside a record of the letter's topic.
 */
export function releaseTopicOf({ topic, step }: Pick<LetterName, 'topic' | 'step'>): TopicName | undefined {
  const stage = stages.find(({ name }) => name === step);
  const from = topicNameOf(topic);
  if (!stage) return undefined;
  const isCarried = passesOverCarried(stage.name) && from === stageByName(fusedStages[0]).input;
  return stage.input === from || isCarried ? stage.input : undefined;
}

/** Whether a record says that it is of a release. Anybody can say so. */
export const claimsRelease = ({ headers }: Pick<KafkaRecord, 'headers'>) =>
  headers?.some(({ key }) => key === releaseHeader) ?? false;

/** A release of a dead letter as a record's header names it, and contentOf the record's value: what the metastore is asked for. */
export interface ClaimedRelease {
  readonly letter: string;
  readonly number: number;
  readonly content: Uint8Array;
}

/** The release that a record would be of; null where it names none, or one of another topic. */
export function claimedReleaseOf(record: KafkaRecord): ClaimedRelease | null {
  const release = releaseOf(record);
  return release && { letter: formatLetter(release.letter), number: release.number, content: contentOf(record.value) };
}

/** The record as an ordinary one. */
export const withoutRelease = (record: KafkaRecord): KafkaRecord => ({
  ...record,
  headers: record.headers?.filter(({ key }) => key !== releaseHeader),
});

/** Whether a stage has to do with a record: two read `enriched_order`, and a release is for the one that set it aside. */
export function isFor(stage: string, record: KafkaRecord): boolean {
  const release = releaseOf(record);
  return release === null || release.letter.step === stage;
}

/** 1, and one more for each release: which attempt at its step a record is. */
export const attemptOf = (record: KafkaRecord) => (releaseOf(record)?.number ?? 0) + 1;

/** What a claim asks of a record: where it stands, and whose release it is. */
export function positionOf(record: KafkaRecord): RecordPosition {
  const { topic, partition, offset } = record;
  const release = releaseOf(record);
  if (!release) return { topic, partition, offset };
  const { letter, number } = release;
  const released = { partition: letter.partition, offset: letter.offset, number };
  return { topic: letter.topic, partition, offset, released };
}
