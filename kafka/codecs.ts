/**
 * The codecs that Kafka has beside gzip, for reading; kafkajs knows that they are there, and asks for them. Packages with a part that is
 * compiled for each kind of machine are loaded when the first batch comes that needs them.
 */
import kafkajs from 'kafkajs';
import { codeOf, OperatorError } from '../errors.js';

// A CommonJS module, of which Node sees only the first names.
const { CompressionCodecs, CompressionTypes } = kafkajs;

type Decompress = (bytes: Buffer) => Promise<Buffer>;

/** A codec as kafkajs has them, for reading. Throws OperatorError CODEC_MISSING where the package cannot be loaded. */
export function codecOf(codec: string, name: string, load: () => Promise<Decompress>) {
  const decompress: Decompress = async (bytes) => {
    let loaded: Decompress;
    try {
      loaded = await load();
    } catch (error) {
      const message = `Kafka's records are compressed with ${codec}, and the package ${name} for it does not work here (${codeOf(error) ?? 'it cannot be loaded'}): run \`npm ci\` on this kind of machine, or let producers and topics use another compression.type`;
      // kafkajs would ask for the same batch again, and of an error with a cause it keeps the cause alone.
      throw Object.assign(new OperatorError('CODEC_MISSING', message), { retriable: false });
    }
    return loaded(bytes);
  };
  return () => ({ decompress });
}

/**
 * Java's clients and those that follow them put Snappy's blocks into a frame: a header of 16 bytes, and before each block its length
 * (https://github.com/xerial/snappy-java, SnappyOutputStream). Others write one block and nothing else.
 */
export async function unframeSnappy(bytes: Buffer, uncompress: Decompress): Promise<Buffer> {
  const magic = Buffer.from('\x82SNAPPY\0', 'latin1');
  const header = 16;
  if (!bytes.subarray(0, magic.length).equals(magic)) return uncompress(bytes);
  const blocks: Buffer[] = [];
  for (let at = header; at < bytes.length;) {
    const end = at + 4 + bytes.readUInt32BE(at);
    blocks.push(await uncompress(bytes.subarray(at + 4, end)));
    at = end;
  }
  return Buffer.concat(blocks);
}

/** The package that each codec needs, and how it reads. */
const codecs = {
  Snappy: codecOf('snappy', 'snappy', async () => {
    const { uncompress } = (await import('snappy')).default;
    return (bytes) => unframeSnappy(bytes, async (block) => (await uncompress(block)) as Buffer);
  }),
  LZ4: codecOf('lz4', 'lz4-napi', async () => (await import('lz4-napi')).default.decompressFrame),
  // Node has its own zstd from 22.15 on.
  ZSTD: codecOf('zstd', 'fzstd', async () => {
    const { decompress } = await import('fzstd');
    return (bytes) => {
      const { buffer, byteOffset, length } = decompress(bytes);
      return Promise.resolve(Buffer.from(buffer, byteOffset, length));
    };
  }),
};

for (const [name, codec] of Object.entries(codecs))
  CompressionCodecs[CompressionTypes[name as keyof typeof codecs]] = codec;
