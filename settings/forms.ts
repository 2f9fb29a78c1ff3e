/** Forms of settings, and what a row of the tables is made by. */
import { z } from 'zod';
import { isLoopback } from '../model/loopback.js';

export const port = z.coerce.number().int().min(1).max(65535);
export const count = z.coerce.number().int().min(1);
export const millis = z.coerce.number().int().min(1);
export const megabytes = z.coerce.number().int().min(64);
export const host = z.string().regex(/^[^\s[\]/]+$/, 'expected a name or an address, such as 127.0.0.1 or ::1');
const hostAndPort = String.raw`([^\s:,[\]]+|\[(?=[^\]]*:)[\da-fA-F:.]+(%\w+)?\]):\d+`;
// Where a part is found; empty: in the local stack.
export const address = z
  .string()
  .regex(
    new RegExp(`^${hostAndPort}(,${hostAndPort})*$`),
    'expected host:port or [IPv6 address]:port, or several with commas between',
  )
  .or(z.literal(''));
// One of these, or nothing.
export const oneOf = <const T extends string>(choices: readonly T[]) => z.enum(['', ...choices]);
export const file = z.string();
export const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

export interface Setting<T extends z.ZodType> {
  readonly schema: T;
  readonly default: string;
  readonly help: string;
}
export const setting = <T extends z.ZodType>(schema: T, defaultValue: string | number, help: string): Setting<T> => ({
  schema,
  default: String(defaultValue),
  help,
});

const parts = (text: string) => (URL.canParse(text) ? new URL(text) : undefined);

/** It is shown, and travels: nothing secret may stand in it. Nor would anybody send it. */
export const webAddress = z
  .url({ protocol: /^https?$/, error: 'expected a URL that begins with http:// or https://' })
  .refine((text) => !parts(text)?.username && !parts(text)?.password, 'expected a URL without user and password');

/** Of a service, whose paths are ours to say. */
const serviceAddress = webAddress.refine((text) => !/[?#]/.test(text), 'expected a URL without ? and #');

/** Scheme, name and port. */
export const origin = webAddress.refine(
  (text) => parts(text)?.href === `${parts(text)?.origin}/`,
  'expected a URL without a path: the page is served at / of its name',
);

/** Of a provider that people log in with. */
export const issuer = webAddress.refine(
  (text) => parts(text)?.protocol !== 'http:' || isLoopback(parts(text)?.hostname ?? ''),
  'expected https://: over http:// anybody between could log in',
);

/** Of several, with commas between; none at all of an empty text. */
export const listOf = (item: z.ZodString) =>
  z
    .string()
    .transform((text) => (text.trim() === '' ? [] : text.split(',').map((each) => each.trim())))
    .pipe(z.array(item));

/** The same, or nothing. */
export const url = webAddress.or(z.literal(''));
export const serviceUrl = serviceAddress.or(z.literal(''));
