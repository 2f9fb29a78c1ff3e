/**
 * Decodes Beam rows (`beam:coder:row:v1`) by their schema. The SDK's own row coder knows neither null fields in the
 * places where Java writes them, nor the encoding positions, nor arrays of rows, and misreads KafkaIO's records.
 *
 * Format: https://s.apache.org/beam-row-coder — varint number of fields, the null bits as length-prefixed bytes (LSB
 * first), then the fields that are not null in the order of their encoding positions. Only what KafkaIO's schema needs is
 * known; another type throws when the coder is made.
 */
import './sdk.js';
import { globalRegistry, type Coder } from 'apache-beam/coders/coders';
import { AtomicType, Schema, type FieldType } from 'apache-beam/proto/schema';

type BeamReader = Parameters<Coder<unknown>['decode']>[0];
type Decoder = (reader: BeamReader) => unknown;

export type Row = Record<string, unknown>;

const atomicDecoders: { readonly [type in AtomicType]?: Decoder } = {
  [AtomicType.BOOLEAN]: (reader) => reader.bool(),
  [AtomicType.INT32]: (reader) => reader.int32(),
  [AtomicType.INT64]: (reader) => Number(reader.int64()),
  [AtomicType.STRING]: (reader) => reader.string(),
  // A copy: the reader's buffer is the whole message of the data channel, which a slice would keep alive.
  [AtomicType.BYTES]: (reader) => Uint8Array.from(reader.bytes()),
};

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
    case 'iterableType':
      return arrayDecoder(elementDecoder(info.iterableType.elementType!));
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
    bit: index,
    position: schema.encodingPositionsSet ? field.encodingPosition : index,
    decode: fieldDecoder(field.type!),
  }));
  fields.sort((a, b) => a.position - b.position);
  return (reader) => {
    const fieldCount = reader.uint32();
    const nullBits = reader.bytes();
    const isNull = (bit: number) => ((nullBits[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0;
    const row: Row = {};
    for (const { name, bit, position, decode } of fields) {
      row[name] = position >= fieldCount || isNull(bit) ? null : decode(reader);
    }
    return row;
  };
}

/** The coder of a row with this schema; it only decodes. Throws for a schema with a type that it does not know. */
export function rowCoder(schema: Schema): Coder<Row> {
  const decode = rowDecoder(schema);
  return {
    decode: (reader) => decode(reader) as Row,
    encode: () => {
      throw new Error('row coder: this worker reads rows, and writes none');
    },
    toProto: () => {
      throw new Error('row coder: rows come from other SDKs, with their coder');
    },
  };
}

/** Replaces the SDK's row coder in this process. May be called again. */
export function registerRowCoder(): void {
  globalRegistry().registerConstructor('beam:coder:row:v1', (payload) =>
    rowCoder(Schema.fromBinary(payload as Uint8Array)),
  );
}
