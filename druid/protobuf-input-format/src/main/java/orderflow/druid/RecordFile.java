package orderflow.druid;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.NoSuchElementException;
import org.apache.druid.java.util.common.parsers.CloseableIterator;

/**
 * Records of Kafka in a file, one behind another, without anything around them: partition (4 bytes), offset (8), timestamp in milliseconds (8), the
 * value's length (4), the value. Numbers are signed and big-endian. {@code druid/record-file.ts} writes them. A file that ends within a record is an
 * {@link UncheckedIOException}: such a task fails, and leaves nothing.
 */
final class RecordFile implements CloseableIterator<ProtobufReader.Value> {
  private static final int LARGEST_VALUE = 16 * 1024 * 1024;

  private final DataInputStream stream;

  RecordFile(InputStream stream) {
    this.stream = new DataInputStream(new BufferedInputStream(stream));
  }

  @Override
  public boolean hasNext() {
    try {
      stream.mark(1);
      boolean isThere = stream.read() >= 0;
      stream.reset();
      return isThere;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public ProtobufReader.Value next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    try {
      long partition = stream.readInt();
      long offset = stream.readLong();
      long timestamp = stream.readLong();
      int length = stream.readInt();
      if (length < 0 || length > LARGEST_VALUE) {
        throw new IOException("no file of records: a value of " + length + " bytes");
      }
      byte[] value = stream.readNBytes(length);
      if (value.length < length) {
        throw new EOFException("the file ends within a record");
      }
      return new ProtobufReader.Value(
          value, Map.of("kafka.partition", partition, "kafka.offset", offset, "kafka.timestamp", timestamp));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}
