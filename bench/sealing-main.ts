/** `npm run bench:sealing`: what sealing costs the validator, its processor time alone: metastore and KMS are in memory. */
import { parseArgs } from 'node:util';
import { generateOrders } from '../generator/orders.js';
import { createInMemoryKms } from '../kms/in-memory-kms.js';
import { createInMemoryMetastore } from '../metastore/in-memory.js';
import { defaultReferenceFile, readReferenceFile } from '../metastore/reference-data.js';
import type { KafkaRecord } from '../model/record.js';
import { createKeyring } from '../personal-data/keyring.js';
import { putSealed } from '../personal-data/sealing.js';
import { createVault } from '../personal-data/vault.js';
import { orderCodec } from '../proto/messages.js';
import type { PersonalDataMode } from '../transforms/step/personal-data.js';
import { createValidator } from '../transforms/validator.js';

const usage = `npm run bench:sealing -- [--orders 50000] [--rounds 5]

Orders per second of processor time of the validator's step, in batches of 500: plain, sealed by their producer, and sealed by the validator.
The best of the rounds counts, which take turns. Metastore and KMS are in this process.`;

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '50000' },
    rounds: { type: 'string', default: '5' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}

const reference = await readReferenceFile(defaultReferenceFile);
const [count, rounds, batchSize] = [Number(values.orders), Number(values.rounds), 500];
const shares = { duplicate: 0, redelivery: 0, malformed: 0, cancelled: 0 };
const orders = [...generateOrders(reference, { seed: 1, count, shares })].map(({ value }) => value);
const kms = createInMemoryKms();
const context = { count: () => undefined };
const recordOf = (value: Uint8Array, offset: number): KafkaRecord => ({
  ...{ topic: 'raw_order', partition: 0, offset, timestamp: Date.now(), key: null, value },
});

const cases: readonly (readonly [name: string, mode: PersonalDataMode, isSealed: boolean])[] = [
  ['plain', 'plain', false],
  ['sealed by the producer', 'sealed', true],
  ['sealed by the validator', 'sealed', false],
];

/** Orders per second of processor time: what else the machine does counts less. */
async function rateOf(mode: PersonalDataMode, isSealed: boolean): Promise<number> {
  const metastore = createInMemoryMetastore(reference);
  const seal = async (value: Uint8Array) => {
    const order = orderCodec.decode(value);
    const [sealed] = await producer.seal([order]);
    return orderCodec.encode(putSealed(order, sealed!));
  };
  const producer = createVault(createKeyring({ kms, metastore }));
  const records: KafkaRecord[] = [];
  for (const [offset, value] of orders.entries()) records.push(recordOf(isSealed ? await seal(value) : value, offset));
  const vault = createVault(createKeyring({ kms, metastore }));
  const validate = createValidator({ metastore, maxOrderBytes: 900_000, vault, personalData: mode });
  const start = process.cpuUsage();
  for (let at = 0; at < records.length; at += batchSize) await validate(records.slice(at, at + batchSize), context);
  const { user, system } = process.cpuUsage(start);
  return records.length / ((user + system) / 1e6);
}

const best = cases.map(() => 0);
for (let round = 0; round < rounds; round += 1)
  for (const [at, [, mode, isSealed]] of cases.entries()) best[at] = Math.max(best[at]!, await rateOf(mode, isSealed));
for (const [at, [name]] of cases.entries()) {
  const micros = 1e6 / best[at]! - 1e6 / best[0]!;
  const more = at === 0 ? '' : `, ${(best[at]! / best[0]!).toFixed(2)} of plain, ${micros.toFixed(0)} µs more an order`;
  console.log(`${name}: ${Math.round(best[at]!)} orders/s${more}`);
}
