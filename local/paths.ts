/** Folders as Java's programs take them: any that Linux allows, but for four kinds of characters. */
import { pathToFileURL } from 'node:url';
import { type Config, projectRoot } from '../config.js';
import { OperatorError } from '../errors.js';

/** What ends a path where these programs read it, so that no form of writing it would help. */
const unfit: readonly { readonly pattern: RegExp; readonly is: string; readonly why: string }[] = [
  { pattern: /:/, is: 'a ":"', why: 'parts the folders of a class path' },
  { pattern: /,/, is: 'a ","', why: 'parts the folders of Kafka and Flink' },
  { pattern: /\\/, is: 'a "\\"', why: 'is a "/" to Flink' },
  { pattern: /\$\{/, is: 'a "${"', why: 'begins a variable of Maven and Druid' },
  // eslint-disable-next-line no-control-regex -- that is what is looked for
  { pattern: /[\u0000-\u001f\u007f]/, is: 'a control character', why: 'ends a line of a configuration' },
];

/** Fails with BAD_PATH, in one sentence, where the clone's path, ORDERFLOW_HOME or ORDERFLOW_JARS cannot be given to Java's programs. */
export function checkPaths({ home, jars }: Pick<Config, 'home' | 'jars'>): void {
  const places = { "the clone's path": projectRoot, ORDERFLOW_HOME: home, ORDERFLOW_JARS: jars };
  for (const [what, path] of Object.entries(places)) {
    const found = unfit.find(({ pattern }) => pattern.test(path));
    if (found)
      throw new OperatorError(
        'BAD_PATH',
        `${what} is ${JSON.stringify(path)} and has ${found.is}, which ${found.why}: choose a folder without, all other characters will do`,
        { exitCode: 2 },
      );
  }
}

/** A file as the URL that log4j and its like want, which part a list at commas and take escapes for what they stand for. */
export const fileUrl = (path: string): string => pathToFileURL(path).href.replaceAll(',', '%2C');

/**
 * A file of Java's properties. All but plain letters is escaped: Java reads the file as Latin-1, and a backslash as the beginning of an escape.
 * Source: java.util.Properties, load(InputStream).
 */
export function propertiesText(properties: Readonly<Record<string, string | number | boolean>>): string {
  const escape = (value: string) =>
    value
      .replaceAll('\\', '\\\\')
      .replace(/^ /, '\\ ')
      .replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${escape(String(value))}\n`)
    .join('');
}

/**
 * The environment of a program that we start: whatever the user's language is, file names are UTF-8, words are English, and "I" in small letters
 * is "i". Java takes these from the locale.
 */
export const programEnvironment = ({
  environment,
}: Pick<Config, 'environment'>): Record<string, string | undefined> => ({
  ...environment,
  LC_ALL: 'C.UTF-8',
  LANGUAGE: undefined,
});
