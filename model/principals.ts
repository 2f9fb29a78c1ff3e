/** THE table of principals: who connects to Kafka and PostgreSQL. Rights are computed from it and from the table of stages. */
import { stageNames } from './stages.js';

export const principals = [
  // Each stage's job and workers, under the stage's name.
  ...stageNames,
  'generator',
  'druid',
  // The commands.
  'operator',
  // Reads everything, and adds to the audit trail alone.
  'auditor',
  // The analyst's page.
  'page',
  // Makes tables, rights and users: nobody who works with orders.
  'owner',
] as const;
export type Principal = (typeof principals)[number];

export const isPrincipal = (name: string): name is Principal => (principals as readonly string[]).includes(name);

/** A setting that holds for all principals, with the name of one where it says `{principal}`. */
export const forPrincipal = (template: string, principal: Principal): string =>
  template.replaceAll('{principal}', principal);

/** The same for several files' names. */
export const filesFor = <Name extends string>(
  files: Readonly<Record<Name, string>>,
  principal: Principal,
): Readonly<Record<Name, string>> =>
  Object.fromEntries(
    Object.entries<string>(files).map(([name, file]) => [name, forPrincipal(file, principal)]),
  ) as Record<Name, string>;
