/**
 * Where a savepoint lies, in Flink's words and in ours. Flink writes `file:/a b#c%41`: like a URL, but with nothing escaped.
 * Source: org.apache.flink.core.fs.Path, its constructor from a text, and toString.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The file that Flink means by `file:…`; undefined for what lies elsewhere (`s3://…`). */
export function localPathOf(statePath: string): string | undefined {
  const [, path] = /^file:(?:\/\/(?=\/))?(\/(?!\/)[^]*)$/.exec(statePath) ?? [];
  return path;
}

/**
 * What a person wrote, as Flink wants it: a path, from the present folder if it is a relative one, Flink's own form, or a URL with escapes. What
 * is not there is left as it was written, or as a path.
 */
export function statePathFrom(text: string): string {
  if (!text.startsWith('file:')) return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `file:${resolve(text)}`;
  const literal = localPathOf(text);
  if (literal === undefined || existsSync(literal)) return text;
  try {
    const path = fileURLToPath(text);
    return existsSync(path) ? `file:${path}` : text;
  } catch {
    // Escapes of no characters, which Flink takes as they are.
    return text;
  }
}
