/** Sends hostile records through the validator and the stages after it, in batches as a worker does, and accounts for each. */
import { createInMemoryMetastore } from '../metastore/in-memory.js';
import type { Metastore, StatusChange } from '../metastore/metastore.js';
import { limits } from '../model/limits.js';
import type { KafkaRecord } from '../model/record.js';
import { createStageFunctions, type StageDependencies } from '../pipelines/stage-functions.js';
import type { StepOutput } from '../transforms/step/step.js';
import { accountFor, messageIdOf, type Finding } from './account.js';
import type { Outcome } from './kind.js';
import { createLaterStages, readingPartner } from './later-stages.js';
import { hostileRecords, type HostileOptions, type HostileRecord } from './values.js';
import { createInMemoryKms } from '../kms/in-memory-kms.js';
import { createKeyring } from '../personal-data/keyring.js';
import { createVault } from '../personal-data/vault.js';

type Validate = (
  records: readonly KafkaRecord[],
  context: { count(counter: string, by?: number): void },
) => Promise<readonly (readonly StepOutput[])[]>;

export interface FuzzOptions extends HostileOptions {
  readonly values: number;
  /** The index of the first record. */
  readonly from?: number;
  readonly batchSize: number;
  /** Records after which a fresh metastore is taken, so that memory stays what it is. */
  readonly perMetastore?: number;
  /** In memory unless given; closed after its records. */
  readonly openMetastore?: () => Promise<Metastore>;
  /** The stage that is tried; for tests of the account. */
  readonly wrap?: (validate: Validate) => Validate;
  readonly onProgress?: (values: number, findings: number) => void;
  readonly signal?: AbortSignal;
}

export interface FuzzReport {
  readonly values: number;
  /** How many records of a kind ended how, by the kinds' names. */
  readonly kinds: ReadonlyMap<string, Readonly<Record<Outcome | 'unaccounted', number>>>;
  /** What is wrong: empty when all is well. At most a thousand. */
  readonly findings: readonly Finding[];
  /** Records that ended as none or several of the outcomes, or with something wrong. */
  readonly unaccounted: number;
  /** Of the validator alone, in ms of processor time: a busy machine is nobody's fault. */
  readonly slowestBatch: number;
}

const MAX_FINDINGS = 1_000;
const none = { valid: 0, rejected: 0, 'dead-lettered': 0, redelivery: 0, reused: 0, unaccounted: 0 };

/** The metastore, and the lines that it is given. */
function listening(metastore: Metastore, lines: StatusChange[]): Metastore {
  return { ...metastore, recordStatuses: (changes) => (lines.push(...changes), metastore.recordStatuses(changes)) };
}

/**
 * Runs it. Rejects when a stage rejects a batch: no value is a reason to. The same options give the
 * same report, times aside.
 */
export async function fuzzValidator(options: FuzzOptions): Promise<FuzzReport> {
  const { values, from = 0, batchSize, perMetastore = 20_000, now, maxOrderBytes, reference } = options;
  const recordAt = hostileRecords(options);
  const openMetastore = options.openMetastore ?? (async () => createInMemoryMetastore(reference, () => now));
  const kinds = new Map<string, Record<Outcome | 'unaccounted', number>>();
  const findings: Finding[] = [];
  let done = 0;
  let unaccounted = 0;
  let slowestBatch = 0;

  async function runOn(metastore: Metastore, first: number, end: number): Promise<void> {
    const lines: StatusChange[] = [];
    const kms = createInMemoryKms();
    const dependencies: StageDependencies = {
      metastore: listening(metastore, lines),
      partner: readingPartner(limits.requestBytes),
      clock: () => now,
      maxOrderBytes,
      allowedLatenessMs: 86_400_000,
      vault: createVault(createKeyring({ kms, metastore })),
      personalData: 'plain',
      retry: { retryMs: 5_000, retryMaxMs: 5_000, maxTries: 1, giveUpMs: 5_000 },
    };
    const create = createStageFunctions.validator(dependencies) as unknown as Validate;
    const validate = options.wrap?.(create) ?? create;
    const passOn = createLaterStages(dependencies);
    const claimed = new Map<string, Uint8Array>();
    for (let start = first; start < end && !options.signal?.aborted; start += batchSize) {
      const batch = Array.from({ length: Math.min(batchSize, end - start) }, (_, at) => recordAt(start + at));
      lines.length = 0;
      const { outputs, counts } = await validateBatch(validate, batch);
      const problems = problemsOfBatch(batch, outputs, counts, lines, claimed);
      const valid = batch.flatMap(({ record: { offset: index } }, at) =>
        outputs[at]!.flatMap(({ valid_order: output }) => (output ? [{ index, output }] : [])),
      );
      for (const { index, problem } of await passOn(valid))
        problems.set(index, [...(problems.get(index) ?? []), problem]);
      note(batch, problems);
      done += batch.length;
      options.onProgress?.(done, unaccounted);
    }
  }

  async function validateBatch(validate: Validate, batch: readonly HostileRecord[]) {
    const counts: Record<string, number> = {};
    const count = (counter: string, by = 1) => void (counts[counter] = (counts[counter] ?? 0) + by);
    const begin = process.cpuUsage();
    const outputs = await validate(
      batch.map(({ record }) => record),
      { count },
    ).catch((cause: unknown) => {
      throw new Error(`the batch of ${batch.length} values from ${batch[0]!.record.offset} on was rejected`, { cause });
    });
    const { user, system } = process.cpuUsage(begin);
    slowestBatch = Math.max(slowestBatch, (user + system) / 1000);
    return { outputs: batch.map((_, at) => outputs[at] ?? []), counts };
  }

  /** By the records' indexes. Counts the outcomes. */
  function problemsOfBatch(
    batch: readonly HostileRecord[],
    outputs: readonly (readonly StepOutput[])[],
    counts: Readonly<Record<string, number>>,
    lines: readonly StatusChange[],
    claimed: Map<string, Uint8Array>,
  ): Map<number, string[]> {
    const problems = new Map<number, string[]>();
    const ends: Record<Outcome, number> = { valid: 0, rejected: 0, 'dead-lettered': 0, redelivery: 0, reused: 0 };
    const accepted: string[] = [];
    for (const [at, hostile] of batch.entries()) {
      const { outcome, problems: found } = accountFor(hostile, outputs[at]!, claimed);
      const { name } = hostile.kind;
      const row = kinds.get(name) ?? { ...none };
      kinds.set(name, row);
      if (outcome) {
        row[outcome] += 1;
        ends[outcome] += 1;
        if (outcome === 'valid' || outcome === 'rejected') accepted.push(messageIdOf(hostile.record));
      }
      if (found.length > 0) problems.set(hostile.record.offset, [...found]);
    }
    const counted = [counts.in, counts.out, counts.rejected, counts.dead_letter, counts.redelivered].map((n) => n ?? 0);
    const setAside = ends['dead-lettered'] + ends.reused;
    const expected = [batch.length, ends.valid, ends.rejected, setAside, ends.redelivery];
    const ofBatch = [
      ...(counted.join() === expected.join()
        ? []
        : [`the batch counted ${counted.join()} instead of ${expected.join()}`]),
      ...(linesOfAccepted(lines).join() === accepted.join()
        ? []
        : ['the batch recorded other statuses than it should']),
    ];
    if (ofBatch.length > 0)
      problems.set(batch[0]!.record.offset, [...(problems.get(batch[0]!.record.offset) ?? []), ...ofBatch]);
    return problems;
  }

  function note(batch: readonly HostileRecord[], problems: ReadonlyMap<number, readonly string[]>): void {
    for (const { kind, record } of batch) {
      const found = problems.get(record.offset);
      if (!found) continue;
      unaccounted += 1;
      kinds.get(kind.name)!.unaccounted += 1;
      for (const problem of found)
        if (findings.length < MAX_FINDINGS) findings.push({ index: record.offset, kind: kind.name, problem });
    }
  }

  for (let first = from; first < from + values && !options.signal?.aborted; first += perMetastore) {
    const metastore = await openMetastore();
    try {
      await runOn(metastore, first, Math.min(first + perMetastore, from + values));
    } finally {
      await metastore.close();
    }
  }
  return { values: done, kinds, findings, unaccounted, slowestBatch };
}

/** The message ids of the lines that say what the validator thinks of an order, in their order. */
const linesOfAccepted = (lines: readonly StatusChange[]) =>
  lines.filter(({ status }) => status === 'VALIDATED' || status === 'REJECTED').map(({ messageId }) => messageId);
