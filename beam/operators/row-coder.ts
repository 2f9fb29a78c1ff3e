/**
 * Decodes Beam rows (`beam:coder:row:v1`) by their schema. The SDK's own row coder reads only 32 bits of an INT64, which a
 * record's timestamp always exceeds, and takes all fields after it from the wrong place. It also mistakes encoding
 * positions.
 *
 * Format: https://s.apache.org/beam-row-coder — varint number of fields, the null bits as length-prefixed bytes (LSB
 * first), then the fields that are not null. Bits and fields are in the order of the encoding positions (as Java's
 * RowCoderGenerator has it). Other types than those of KafkaIO's schema throw when the coder is made.
 */
import '../sdk.js';
import { globalRegistry, type Coder as CoderOf } from 'apache-beam/coders/coders';
import { Coder } from 'apache-beam/proto/beam_runner_api';
import { AtomicType, Schema, type FieldType } from 'apache-beam/proto/schema';

type BeamReader = Parameters<CoderOf<unknown>['decode']>[0];
type Decoder = (reader: BeamReader) => unknown;

export type Row = Record<string, unknown>;

const rowCoderUrn = 'beam:coder:row:v1';

const atomicDecoders: { readonly [type in AtomicType]?: Decoder } = {
  [AtomicType.BOOLEAN]: (reader) => reader.bool(),
  [AtomicType.INT32]: (reader) => reader.int32(),
  [AtomicType.INT64]: (reader) => Number(reader.int64()),
  [AtomicType.STRING]: (reader) => reader.string(),
  // A copy: the reader's buffer is the whole message of the data channel, which a view would keep alive.
  [AtomicType.BYTES]: (reader) => viewOfBytes(reader).slice(),
};

/** Bytes with their length before them. Not by `reader.bytes`, which makes an empty array by Buffer's old constructor: that looks at its stack. */
function viewOfBytes(reader: BeamReader): Uint8Array {
  const length = reader.uint32();
  const { buffer, byteOffset } = reader.buf;
  const begin = byteOffset + reader.pos;
  reader.skip(length);
  return new Uint8Array(buffer, begin, length);
}

/** Java's DataOutputStream.writeInt: four bytes, big-endian. */
function readBigEndianInt32(reader: BeamReader): number {
  reader.skip(4);
  const end = reader.pos;
  return Buffer.from(reader.buf.buffer, reader.buf.byteOffset + end - 4, 4).readInt32BE();
}

function arrayDecoder(decodeElement: Decoder): Decoder {
  return (reader) => Array.from({ length: readBigEndianInt32(reader) }, () => decodeElement(reader));
}

function fieldDecoder(type: FieldType): Decoder {
  const info = type.typeInfo;
  switch (info.oneofKind) {
    case 'atomicType': {
      const decoder = atomicDecoders[info.atomicType];
      if (decoder) return decoder;
      break;
    }
    case 'arrayType':
      return arrayDecoder(elementDecoder(info.arrayType.elementType!));
    case 'rowType':
      return rowDecoder(info.rowType.schema!);
  }
  throw new Error(`row coder: no decoder for a field of type ${JSON.stringify(info)}`);
}

/** Elements of a collection that may be null have a byte before them: 0 null, 1 present. */
function elementDecoder(type: FieldType): Decoder {
  const decode = fieldDecoder(type);
  return type.nullable ? (reader) => (reader.bool() ? decode(reader) : null) : decode;
}

function rowDecoder(schema: Schema): Decoder {
  const fields = schema.fields.map((field, index) => ({
    name: field.name,
    position: schema.encodingPositionsSet ? field.encodingPosition : index,
    decode: fieldDecoder(field.type!),
  }));
  fields.sort((a, b) => a.position - b.position);
  return (reader) => {
    const fieldCount = reader.uint32();
    const nullBits = viewOfBytes(reader);
    const isNull = (bit: number) => ((nullBits[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0;
    const row: Row = {};
    for (const { name, position, decode } of fields) {
      row[name] = position >= fieldCount || isNull(position) ? null : decode(reader);
    }
    return row;
  };
}

/** The coder of a row with this schema; it only decodes. Throws for a schema with a type that it does not know. */
export function rowCoder(schema: Schema): CoderOf<Row> {
  const decode = rowDecoder(schema);
  return {
    decode: (reader) => decode(reader) as Row,
    encode: () => {
      throw new Error('row coder: this worker reads rows, and writes none');
    },
    toProto: () => Coder.create({ spec: { urn: rowCoderUrn, payload: Schema.toBinary(schema) } }),
  };
}

/** Replaces the SDK's row coder in this process. May be called again. */
export function registerRowCoder(): void {
  globalRegistry().registerConstructor(rowCoderUrn, (payload) => rowCoder(Schema.fromBinary(payload as Uint8Array)));
}
