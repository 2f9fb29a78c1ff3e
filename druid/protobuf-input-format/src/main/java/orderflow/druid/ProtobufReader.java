package orderflow.druid;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.Iterators;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.io.InputStream;
import java.util.AbstractMap;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import javax.annotation.Nullable;
import org.apache.druid.data.input.InputEntity;
import org.apache.druid.data.input.InputRow;
import org.apache.druid.data.input.InputRowSchema;
import org.apache.druid.data.input.IntermediateRowParsingReader;
import org.apache.druid.data.input.impl.MapInputRowParser;
import org.apache.druid.data.input.kafka.KafkaRecordEntity;
import org.apache.druid.indexing.seekablestream.SettableByteEntity;
import org.apache.druid.java.util.common.CloseableIterators;
import org.apache.druid.java.util.common.jackson.JacksonUtils;
import org.apache.druid.java.util.common.parsers.CloseableIterator;
import org.apache.druid.java.util.common.parsers.JSONFlattenerMaker;
import org.apache.druid.java.util.common.parsers.JSONPathSpec;
import org.apache.druid.java.util.common.parsers.ObjectFlattener;
import org.apache.druid.java.util.common.parsers.ObjectFlatteners;
import org.apache.druid.java.util.common.parsers.ParseException;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Reads an entity's bytes as one protobuf message, or as a file of records with one each, and gives a row for each, or a {@link ParseException}.
 *
 * <p>A ParseException says the message type and what is wrong. It holds nothing of the record: Druid writes these
 * exceptions to logs and task reports, and records hold personal data. That is why Druid's own message about a row
 * without a time, which quotes the row, is replaced, and why causes are dropped. Whatever the bytes are, nothing but a
 * ParseException comes out; only an entity that cannot be read at all is an {@link IOException}.
 *
 * <p>Druid evaluates a flattened row lazily. Here all its columns are evaluated at once, so that an expression that
 * fails on this message fails here, as a ParseException, and not in the middle of the task.
 *
 * <p>For one thread, as every reader of Druid. Reads what the entity holds at the time of the call: a Kafka task keeps
 * one reader and puts record after record into its entity.
 */
final class ProtobufReader extends IntermediateRowParsingReader<ProtobufReader.Value> {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** What is read: a message's bytes, and the columns that say which record they are of. */
  record Value(byte[] bytes, Map<String, Object> recordColumns) {}

  private final Descriptor descriptor;
  private final ObjectFlattener<JsonNode> flattener;
  private final InputRowSchema schema;
  private final InputEntity source;
  private final boolean isFile;

  ProtobufReader(
      Descriptor descriptor,
      @Nullable JSONPathSpec flattenSpec,
      InputRowSchema schema,
      InputEntity source,
      boolean isFile) {
    this.isFile = isFile;
    this.descriptor = descriptor;
    this.flattener =
        ObjectFlatteners.create(
            flattenSpec, new JSONFlattenerMaker(false, schema.getDimensionsSpec().useSchemaDiscovery()));
    this.schema = schema;
    this.source = source;
  }

  @Override
  protected CloseableIterator<Value> intermediateRowIterator() throws IOException {
    if (isFile) {
      return new RecordFile(source.open());
    }
    try (InputStream stream = source.open()) {
      return CloseableIterators.withEmptyBaggage(Iterators.singletonIterator(new Value(stream.readAllBytes(), recordColumns())));
    }
  }

  /** Empty for what is no record of Kafka, as a file of the sampler. */
  private Map<String, Object> recordColumns() {
    InputEntity entity = source instanceof SettableByteEntity<?> settable ? settable.getEntity() : source;
    if (!(entity instanceof KafkaRecordEntity kafka)) {
      return Map.of();
    }
    ConsumerRecord<byte[], byte[]> record = kafka.getRecord();
    return Map.of(
        "kafka.topic", record.topic(),
        "kafka.partition", (long) record.partition(),
        "kafka.offset", record.offset(),
        "kafka.timestamp", record.timestamp());
  }

  @Override
  protected InputEntity source() {
    return source;
  }

  @Override
  protected String intermediateRowAsString(@Nullable Value value) {
    return value == null
        ? descriptor.getFullName()
        : descriptor.getFullName() + " of " + value.bytes().length + " bytes";
  }

  @Override
  protected List<InputRow> parseInputRows(Value value) {
    return Collections.singletonList(
        decode(value, json -> row(evaluated(flattener.flatten(json), value.recordColumns()))));
  }

  @Override
  protected List<Map<String, Object>> toMap(Value value) {
    return Collections.singletonList(
        decode(value, json -> MAPPER.convertValue(json, JacksonUtils.TYPE_REFERENCE_MAP_STRING_OBJECT)));
  }

  private <T> T decode(Value value, Function<JsonNode, T> use) {
    String problem;
    try {
      if (value.bytes().length == 0) {
        throw new ParseException(null, "empty value");
      }
      return use.apply(MessageToJson.convert(DynamicMessage.parseFrom(descriptor, value.bytes())));
    } catch (ParseException | InvalidProtocolBufferException e) {
      problem = e.getMessage();
    } catch (StackOverflowError e) {
      problem = "nested too deeply";
    } catch (RuntimeException e) {
      problem = e.getClass().getName();
    }
    throw new ParseException(intermediateRowAsString(value), "%s: %s", descriptor.getFullName(), problem);
  }

  private InputRow row(Map<String, Object> columns) {
    try {
      return MapInputRowParser.parse(schema, columns);
    } catch (ParseException e) {
      throw new ParseException(
          null,
          "no time that the timestampSpec accepts in column [%s]",
          schema.getTimestampSpec().getTimestampColumn());
    }
  }

  /**
   * The same columns with their values, beside those of the record. Like the original, it also answers for root fields
   * that are no column.
   */
  private static Map<String, Object> evaluated(Map<String, Object> lazy, Map<String, Object> recordColumns) {
    Map<String, Object> columns = new LinkedHashMap<>(recordColumns);
    for (String name : lazy.keySet()) {
      try {
        columns.put(name, lazy.get(name));
      } catch (RuntimeException e) {
        throw new ParseException(null, "the flattenSpec's field [%s] cannot be evaluated", name);
      }
    }
    return new AbstractMap<>() {
      @Override
      public Object get(Object name) {
        return columns.containsKey(name) ? columns.get(name) : lazy.get(name);
      }

      @Override
      public boolean containsKey(Object name) {
        return columns.containsKey(name);
      }

      @Override
      public Set<Entry<String, Object>> entrySet() {
        return columns.entrySet();
      }
    };
  }
}
