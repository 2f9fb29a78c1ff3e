/** The file of ORDERFLOW_PARTNERS_FILE: where each partner is, and how it is told who we are. docs/partners.md describes it. */
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { OperatorError } from '../../errors.js';
import { limits } from '../../model/limits.js';
import { createFreshFile } from './fresh-file.js';
import { PartnerFault } from './partner-answer.js';
import { isLoopback, isSpecialHost } from './special-addresses.js';

const path = z.string('expected the path of a file').min(1, 'expected the path of a file');
const name = z
  .string('expected a text')
  .min(1, 'expected a text that is not empty')
  .max(limits.idLength, `expected at most ${limits.idLength} characters`);
const url = z
  .url({ protocol: /^https?$/, error: 'expected a URL that begins with http:// or https://' })
  .refine((text) => {
    const { username, password, hash } = URL.canParse(text) ? new URL(text) : { username: '', password: '', hash: '' };
    return username === '' && password === '' && hash === '';
  }, 'expected a URL without user, password and #');

const tls = z
  .strictObject({ caFile: path.optional(), certFile: path.optional(), keyFile: path.optional() })
  .refine(({ certFile, keyFile }) => (certFile === undefined) === (keyFile === undefined), {
    message: 'certFile and keyFile go together',
  });

const auth = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('none') }),
    z.strictObject({ kind: z.literal('bearer'), tokenFile: path }),
    z.strictObject({
      kind: z.literal('basic'),
      user: name.refine((user) => !/[:\p{Cc}]/u.test(user), 'expected a user without colon and line ends'),
      passwordFile: path,
    }),
    z.strictObject({
      kind: z.literal('oauth'),
      tokenUrl: url,
      clientId: name,
      clientSecretFile: path,
      /** Where the token endpoint wants id and secret: in the header, as RFC 6749 prefers, or in the body. */
      clientSecretIn: z.enum(['header', 'body'], 'expected header or body').default('header'),
      scope: name.optional(),
      audience: name.optional(),
      /** Of the token endpoint; the system's authorities without it. */
      tls: tls.optional(),
    }),
  ],
  'expected the kind none, bearer, basic or oauth',
);

const entry = z.strictObject({
  url,
  auth: auth.default({ kind: 'none' }),
  tls: tls.optional(),
  privateNetworks: z.boolean('expected true or false').default(false),
});

const partners = z.record(z.string(), entry);

export type PartnerEntry = z.infer<typeof entry>;
export type TlsEntry = z.infer<typeof tls>;
export type AuthEntry = z.infer<typeof auth>;
export type OAuthEntry = Extract<AuthEntry, { kind: 'oauth' }>;

export const SETTING = 'ORDERFLOW_PARTNERS_FILE';

/** Stands for each partner that has no entry of its own. */
export const ANY_PARTNER = '*';

/** The file's mistakes, a sentence each. None of them holds a value of the file but partners' ids and the names of fields. */
export class PartnersFileError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('; '));
  }
}

/**
 * The entries by partner, with paths that begin at the file's folder. Throws PartnersFileError, which names all that is wrong at once.
 */
export function parsePartners(text: string, file: string): ReadonlyMap<string, PartnerEntry> {
  const { data, error } = partners.safeParse(parseJson(text), { reportInput: false });
  if (error) throw new PartnersFileError(error.issues.map(sentenceOf));
  const problems = Object.entries(data).flatMap(([partner, of]) => contradictions(partner, of));
  if (problems.length > 0) throw new PartnersFileError(problems);
  const folder = dirname(file);
  return new Map(Object.entries(data).map(([partner, of]) => [partner, withPaths(of, folder) as PartnerEntry]));
}

/**
 * Reads the file before anything is submitted that needs it. Fails with BAD_PARTNERS_FILE, which says what is wrong, a line for each
 * mistake. What the entries name is read when it is needed, and may come later.
 */
export async function checkPartnersFile(file: string): Promise<void> {
  const fail = (problems: readonly string[], cause: unknown) =>
    new OperatorError('BAD_PARTNERS_FILE', problems.join('\n'), { cause, exitCode: 2 });
  try {
    parsePartners(await createFreshFile(file, SETTING).read(), file);
  } catch (error) {
    if (error instanceof PartnerFault) throw fail([error.message], error);
    if (error instanceof PartnersFileError) throw fail([`${SETTING} ${file}:`, ...error.problems], error);
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // Node's own message repeats what stands there.
    const position = /position (\d+)/.exec((error as Error).message)?.[1];
    const line = position === undefined ? '' : ` in line ${text.slice(0, Number(position)).split('\n').length}`;
    throw new PartnersFileError([`it is no JSON${line}`]);
  }
}

/** Fields that people would write a secret into. */
const inline = /^(token|password|secret|clientSecret|key|cert|ca)$/;

function sentenceOf(issue: z.core.$ZodIssue): string {
  const at = issue.path.join('.');
  const where = at === '' ? '' : `${at}: `;
  if (issue.code === 'unrecognized_keys') {
    const secret = issue.keys.find((key) => inline.test(key));
    if (secret) return `${where}a secret is never written here: name its file, as ${secret}File`;
    return `${where}there is no ${issue.keys.join(', ')} here`;
  }
  if (issue.code === 'invalid_type' && at === '') return 'it has to be an object with an entry for each partner';
  return `${where}${issue.message}`;
}

/** Values that are good each for itself, and do not go together. */
function contradictions(
  partner: string,
  { url: address, auth: as, tls: files, privateNetworks }: PartnerEntry,
): string[] {
  const places = [
    { field: 'url', address, files, isSecret: as.kind !== 'none' },
    ...(as.kind === 'oauth' ? [{ field: 'auth.tokenUrl', address: as.tokenUrl, files: as.tls, isSecret: true }] : []),
  ];
  return places.flatMap(({ field, address: text, files: material, isSecret }) => {
    const to = new URL(text);
    const isPlain = to.protocol === 'http:';
    return [
      isPlain && isSecret && !isLoopback(to) ? 'credentials are sent over https:// alone' : '',
      isPlain && material ? 'tls is for https:// alone' : '',
      !privateNetworks && (isSpecialHost(to) || isLoopback(to))
        ? 'the address is in a private or special network: set "privateNetworks": true if that is meant'
        : '',
    ].flatMap((problem) => (problem === '' ? [] : `${partner}.${field}: ${problem}`));
  });
}

/** A copy in which each field that names a file has a whole path. */
function withPaths(value: unknown, folder: string): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      key.endsWith('File') ? resolve(folder, part as string) : withPaths(part, folder),
    ]),
  );
}
