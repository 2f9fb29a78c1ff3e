/** Searches for values in all that a secured stack has written down, by the program in search.py, which shares no code with Orderflow. */
import { join } from 'node:path';
import { type Config, projectRoot } from '../../config.js';
import { secretFile, tlsFilesOf } from '../../local/authority.js';
import { readSecret } from '../../model/secret-file.js';
import { runPython } from '../foreign/python.js';

/** A text, or bytes. */
export type Value = string | { readonly hex: string };
/** Place → names of the values that are there. */
export type Places = Readonly<Record<string, readonly string[]>>;

export interface Findings {
  readonly found: Places;
  /** What was sealed there, and opened with a key that can still be got. */
  readonly opened: Places;
  /** How many files, bytes, rows and records were read. */
  readonly read: Readonly<Record<string, number>>;
  readonly unreadable: readonly string[];
}

async function search(task: object): Promise<Findings> {
  const program = join(projectRoot, 'tests', 'foreign', 'search.py');
  return JSON.parse(await runPython([program], JSON.stringify(task))) as Findings;
}

/** In the files below the folder. Rejects with what Python wrote when it fails. */
export const searchFolder = (folder: string, values: Readonly<Record<string, Value>>): Promise<Findings> =>
  search({ values, folders: [folder] });

/** In each file, topic, table and datasource of a secured stack that runs with Druid; `opened` is by all keys that its metastore and KMS have. */
export function searchEverywhere(config: Config, values: Readonly<Record<string, Value>>): Promise<Findings> {
  const { caFile, certFile, keyFile } = tlsFilesOf(config, 'operator');
  const { host, ports } = config;
  return search({
    values,
    folders: [config.home],
    kafka: {
      'bootstrap.servers': config.kafka,
      'group.id': 'orderflow-reader-search',
      'security.protocol': 'SASL_SSL',
      'sasl.mechanism': 'SCRAM-SHA-512',
      'sasl.username': 'owner',
      'sasl.password': readSecret(secretFile(config, 'kafka', 'owner.password'), 'the password for Kafka'),
      'ssl.ca.location': caFile,
    },
    postgres: {
      ...{ host, port: ports.postgres, dbname: 'orderflow', user: 'orderflow_owner' },
      ...{ sslmode: 'verify-full', sslrootcert: caFile },
      password_file: secretFile(config, 'postgres', 'owner.password'),
    },
    kms: config.kms.keyFile,
    druid: { url: config.druidUrl, ca: caFile, cert: certFile, key: keyFile },
  });
}

/** The places that have one of the values, by the values' names. */
export const placesOf = (places: Places, ...names: readonly string[]): string[] =>
  Object.keys(places).filter((place) => places[place]!.some((name) => names.includes(name)));
