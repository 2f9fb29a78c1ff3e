/** The data that the rules, the enricher and the router look up: their form, and how they are read from a file. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { projectRoot } from '../config.js';
import { OperatorError } from '../errors.js';
import { fileText } from '../model/file-text.js';
import { idProblem, normalId } from '../model/identifiers.js';
import { limits } from '../model/limits.js';
import { v1, type OrderType } from '../proto/messages.js';
import { parseNetwork } from './addresses.js';

/** In the form that ids have in records. */
const id = z
  .string()
  .transform(normalId)
  .superRefine((text, context) => {
    const problem = text.length > 100 ? 'is longer than 100 characters' : idProblem(text);
    if (problem !== null) context.addIssue({ code: 'custom', message: `an id that ${problem}` });
  });
const network = z
  .string()
  .refine((text) => parseNetwork(text) !== null, 'expected an IP address or a network such as 203.0.113.0/24');
const orderTypes = Object.keys(v1.OrderType).filter((name) => name !== 'ORDER_TYPE_UNSPECIFIED') as OrderType[];
const routeKey = { orderType: z.enum(orderTypes), destination: id };

/** A list in which no two entries have the same key. */
function unique<T extends z.ZodType>(entry: T, keyOf: (value: z.output<T>) => string) {
  return z.array(entry).superRefine((values, context) => {
    const seen = new Set<string>();
    values.forEach((value, index) => {
      const key = keyOf(value);
      if (seen.has(key)) context.addIssue({ code: 'custom', path: [index], message: `a second entry for ${key}` });
      seen.add(key);
    });
  });
}

/** `destination` is a region, or '*' for every region without a rule of its own. */
const route = z.discriminatedUnion('route', [
  z.strictObject({ ...routeKey, route: z.literal('INTERNAL') }),
  z.strictObject({ ...routeKey, route: z.literal('EXTERNAL'), partnerId: id }),
]);

export const referenceDataSchema = z.strictObject({
  locations: unique(
    z.strictObject({ locationId: id, name: z.string().max(limits.nameLength), region: id }),
    (row) => row.locationId,
  ),
  routes: unique(route, (row) => `${row.orderType} to ${row.destination}`),
  /** Addresses and networks (CIDR), IPv4 and IPv6. */
  fraudNetworks: unique(network, (text) => text),
  /** Customer ids. */
  paymentDefaulters: unique(id, (text) => text),
  ipRegions: unique(z.strictObject({ network, region: id }), (row) => row.network),
  /** From order to arrival. */
  leadTimes: unique(
    z.strictObject({ fromRegion: id, toRegion: id, minutes: z.int().min(0) }),
    (row) => `${row.fromRegion} to ${row.toRegion}`,
  ),
  /** Order ids. */
  cancelledOrders: unique(id, (text) => text).default([]),
});

export type ReferenceData = z.infer<typeof referenceDataSchema>;

/** The data set that comes with the project. */
export const defaultReferenceFile = join(projectRoot, 'metastore', 'reference', 'default.json');

/**
 * Reads a file of reference data (JSON, the form of metastore/reference/default.json). Throws OperatorError
 * BAD_REFERENCE_DATA, which names the file and the first field that is wrong.
 */
export async function readReferenceFile(path: string): Promise<ReferenceData> {
  const wrong = (problem: string, cause: unknown) =>
    new OperatorError('BAD_REFERENCE_DATA', `reference data ${path}: ${problem}`, { cause, exitCode: 2 });
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw wrong(`cannot be read (${(error as NodeJS.ErrnoException).code}); give the path of a JSON file`, error);
  }
  let json: unknown;
  try {
    json = JSON.parse(fileText(bytes));
  } catch (error) {
    throw wrong(`is not JSON (${(error as Error).message})`, error);
  }
  const result = referenceDataSchema.safeParse(json);
  if (result.success) return result.data;
  const { path: field, message } = result.error.issues[0]!;
  throw wrong(`${z.core.toDotPath(field) || 'the whole'}: ${message}`, result.error);
}
