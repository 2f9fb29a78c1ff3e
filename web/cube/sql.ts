/**
 * SQL with its parameters. The text is made of what the code says, of columns of the model, and of `?`: a value, which may come from a request,
 * becomes a parameter, and cannot get into the text.
 */
import type { Parameter } from '../../druid/rest.js';

/** A part of a statement, with the parameters of the `?` in it, in their order. */
export interface Sql {
  readonly text: string;
  readonly parameters: readonly Parameter[];
}

/** A template whose holes take parts of statements alone. */
export function sql(texts: TemplateStringsArray, ...parts: readonly Sql[]): Sql {
  return {
    text: texts.map((text, index) => text + (parts[index]?.text ?? '')).join(''),
    parameters: parts.flatMap(({ parameters }) => parameters),
  };
}

/** Text of the code itself: never of a request. */
export const code = (text: string): Sql => ({ text, parameters: [] });

export const parameter = (value: Parameter): Sql => ({ text: '?', parameters: [value] });

/** A name in quotes. Throws an Error for what cannot be a column or datasource of the specs. */
export function identifier(name: string): Sql {
  if (!/^\w+$/.test(name)) throw new Error('no name of a column');
  return code(`"${name}"`);
}

export const join = (parts: readonly Sql[], separator: string): Sql => ({
  text: parts.map(({ text }) => text).join(separator),
  parameters: parts.flatMap(({ parameters }) => parameters),
});

/** `(?, ?, …)`. */
export const list = (values: readonly Parameter[]): Sql => sql`(${join(values.map(parameter), ', ')})`;
