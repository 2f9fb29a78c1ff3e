/**
 * Only registered functions run in a worker: what a job brings may name them, and bring plain data.
 *
 * Stands in for what apache-beam's internal/serialize.js makes of a job's payloads: serialize-closures evaluates any source that stands in
 * them, and hands out every global of JavaScript by its name, `eval` and `Function` among them. Importing this file closes both, for all of
 * the SDK's operators in this process.
 */
import '../sdk.js';
import { createRequire } from 'node:module';
import { PublicError } from '../../errors.js';

interface Part {
  readonly kind: string;
  readonly name?: string;
  readonly descriptions?: object;
}
interface Graph {
  readonly root: number;
  readonly data: readonly Part[];
}
interface Builtin {
  readonly name: string;
  readonly builtin: unknown;
}
type FromJson = (graph: Graph, builtins: readonly Builtin[]) => unknown;

const { SerializedGraph } = createRequire(createRequire(import.meta.url).resolve('apache-beam'))(
  'serialize-closures/dist/src/serializedGraph',
) as { SerializedGraph: { fromJSON: FromJson } };

/** What data consist of. */
const plainKinds: readonly string[] = ['primitive', 'array', 'object', 'builtin'];

/**
 * The functions and classes that were registered with requireForSerialization, but not the SDK's own, nor what the SDK derives from each, its
 * constructor (`Function`) among it. Of the SDK's, what the parameters of a DoFn are made of.
 */
const isRegistered = (name: string) =>
  name === 'Object.prototype' ||
  /^beam:(?!apache-beam)[^.]+\.\w+\.(self|prototype)$/.test(name) ||
  /^beam:apache-beam\/transforms\/pardo\.\w+Param\.prototype$/.test(name);

function refuse(what: string): never {
  throw new PublicError(`the job brings ${what}: a worker runs only the functions that are registered in it`);
}

/** Throws a PublicError where there is more in a payload than data and names of registered functions. */
function check({ data }: Graph, registered: ReadonlySet<string>): void {
  for (const { kind, name = '', descriptions = {} } of data) {
    if (!plainKinds.includes(kind)) refuse(kind === 'function' ? 'source code' : `something of the kind "${kind}"`);
    if (kind === 'builtin' && !registered.has(name)) refuse(`the name "${name}"`);
    if (Object.keys(descriptions).length > 0) refuse('properties that are no data');
  }
}

const { fromJSON } = SerializedGraph;
SerializedGraph.fromJSON = (graph, builtins) => {
  const registered = builtins.filter(({ name }) => isRegistered(name));
  check(graph, new Set(registered.map(({ name }) => name)));
  return fromJSON(graph, registered);
};
