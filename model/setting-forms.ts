/** Forms of settings, beyond the simplest ones. */
import { z } from 'zod';
import { isLoopback } from './loopback.js';

const parts = (text: string) => (URL.canParse(text) ? new URL(text) : undefined);

/** It is shown, and travels: nothing secret may stand in it. Nor would anybody send it. */
export const webAddress = z
  .url({ protocol: /^https?$/, error: 'expected a URL that begins with http:// or https://' })
  .refine((text) => !parts(text)?.username && !parts(text)?.password, 'expected a URL without user and password');

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
