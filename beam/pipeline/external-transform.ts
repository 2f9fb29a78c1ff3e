/**
 * Cross-language transforms with configuration payloads of our own: the SDK's row coder writes no maps, and its artifact
 * download fails on the jars of Beam's expansion service.
 */
import '../sdk.js';
import { ExternalConfigurationPayload } from 'apache-beam/proto/external_transforms';
import type { Components } from 'apache-beam/proto/beam_runner_api';
import { AtomicType, Field, FieldType, Schema } from 'apache-beam/proto/schema';
import type { PValue } from 'apache-beam/pvalue';
import { rawExternalTransform } from 'apache-beam/transforms/external';
import { withName, type AsyncPTransform } from 'apache-beam/transforms/transform';

/** The fields of the configuration object that the transform's external builder has; numbers are Java's long. */
export type Configuration = Record<
  string,
  string | boolean | number | readonly string[] | Readonly<Record<string, string>>
>;

const atomic = (type: AtomicType) => FieldType.create({ typeInfo: { oneofKind: 'atomicType', atomicType: type } });
const stringType = atomic(AtomicType.STRING);

function typeOf(value: Configuration[string]): FieldType {
  if (typeof value === 'string') return stringType;
  if (typeof value === 'boolean') return atomic(AtomicType.BOOLEAN);
  if (typeof value === 'number') return atomic(AtomicType.INT64);
  if (Array.isArray(value)) {
    return FieldType.create({ typeInfo: { oneofKind: 'arrayType', arrayType: { elementType: stringType } } });
  }
  return FieldType.create({
    typeInfo: { oneofKind: 'mapType', mapType: { keyType: stringType, valueType: stringType } },
  });
}

function encodeString(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([encodeVarint(bytes.length), bytes]);
}

/** As protobuf's int64: a negative number takes ten bytes. Throws for a fraction. */
function encodeVarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

/** Collections have their size before them as Java's DataOutputStream.writeInt does: four bytes, big-endian. */
function encodeSize(size: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(size);
  return bytes;
}

function encodeValue(value: Configuration[string]): Buffer {
  if (typeof value === 'string') return encodeString(value);
  if (typeof value === 'boolean') return Buffer.from([value ? 1 : 0]);
  if (typeof value === 'number') return encodeVarint(value);
  const strings = Array.isArray(value) ? (value as string[]) : Object.entries(value).flat();
  const size = Array.isArray(value) ? strings.length : strings.length / 2;
  return Buffer.concat([encodeSize(size), ...strings.map(encodeString)]);
}

/** The configuration as a schema'd row without null fields (https://s.apache.org/beam-row-coder). */
export function configurationPayload(configuration: Configuration): Uint8Array {
  const entries = Object.entries(configuration);
  const schema = Schema.create({
    fields: entries.map(([name, value], index) =>
      Field.create({ name, type: typeOf(value), id: index, encodingPosition: index }),
    ),
  });
  const noNulls = encodeVarint(0);
  const row = Buffer.concat([encodeVarint(entries.length), noNulls, ...entries.map(([, value]) => encodeValue(value))]);
  return ExternalConfigurationPayload.toBinary({ schema, payload: row });
}

/** The transform with this URN, expanded by the expansion service at `host:port` when it is applied. */
export function externalTransform<I extends PValue<unknown>, O extends PValue<unknown>>(
  name: string,
  urn: string,
  configuration: Configuration,
  expansionService: string,
) {
  const transform = rawExternalTransform(urn, configurationPayload(configuration), expansionService) as unknown as {
    resolveArtifacts(components: Components): Promise<Components>;
  };
  // The expansion service offers its class path as the environment's artifacts. Flink has these jars on its own class
  // path, and the SDK's download of them fails.
  transform.resolveArtifacts = async (components) => {
    for (const environment of Object.values(components.environments)) environment.dependencies = [];
    return components;
  };
  return withName(name, transform as unknown as AsyncPTransform<never, never>) as unknown as AsyncPTransform<
    I & object,
    O & object
  >;
}
