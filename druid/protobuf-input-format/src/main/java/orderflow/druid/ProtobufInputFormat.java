package orderflow.druid;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.google.protobuf.Descriptors.Descriptor;
import java.io.File;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import javax.annotation.Nullable;
import org.apache.druid.data.input.InputEntity;
import org.apache.druid.data.input.InputEntityReader;
import org.apache.druid.data.input.InputRowSchema;
import org.apache.druid.data.input.impl.NestedInputFormat;
import org.apache.druid.error.InvalidInput;
import org.apache.druid.java.util.common.parsers.JSONFlattenerMaker;
import org.apache.druid.java.util.common.parsers.JSONPathFieldSpec;
import org.apache.druid.java.util.common.parsers.JSONPathSpec;
import org.apache.druid.java.util.common.parsers.ObjectFlatteners;

/**
 * The input format {@code orderflow-protobuf}: one entity (for Kafka: one record's value) is one protobuf message and
 * becomes one row. The schema is a part of the JSON, so that a task needs neither a file nor a schema registry:
 *
 * <pre>{@code
 * {"type": "orderflow-protobuf",
 *  "descriptorSet": "<base64 of a FileDescriptorSet>",
 *  "message": "orderflow.v1.Order",
 *  "flattenSpec": {"useFieldDiscovery": false, "fields": [{"type": "path", "name": "sku", "expr": "$.lines[0].sku"}]}}
 * }</pre>
 *
 * {@code flattenSpec} is optional and means what it means for Druid's format {@code json}; {@link MessageToJson} says
 * which JSON it is applied to. Descriptors and flattenSpec are read while the spec is: whatever is wrong with them is
 * an invalid input exception then. Immutable, and safe for use by several threads.
 *
 * <p>A row of a Kafka record also has the columns {@code kafka.topic}, {@code kafka.partition}, {@code kafka.offset} and
 * {@code kafka.timestamp} (milliseconds): which record it is. Druid's own format {@code kafka}, which holds another one
 * for the value, knows neither partition nor offset.
 *
 * <p>With {@code "records": true}, an entity is a file of Kafka's records, of which {@link RecordFile} says how it looks. Rows have the same columns
 * then, but for the topic.
 */
public class ProtobufInputFormat extends NestedInputFormat {
  static final String TYPE = "orderflow-protobuf";

  private final String descriptorSet;
  private final String message;
  private final boolean records;
  private final Descriptor descriptor;

  @JsonCreator
  public ProtobufInputFormat(
      @JsonProperty("descriptorSet") String descriptorSet,
      @JsonProperty("message") String message,
      @JsonProperty("flattenSpec") @Nullable JSONPathSpec flattenSpec,
      @JsonProperty("records") boolean records) {
    super(flattenSpec);
    InvalidInput.conditionalException(descriptorSet != null, "descriptorSet is missing");
    InvalidInput.conditionalException(message != null, "message is missing");
    this.descriptorSet = descriptorSet;
    this.message = message;
    this.records = records;
    this.descriptor = DescriptorSet.find(descriptorSet, message);
    if (flattenSpec != null) {
      check(flattenSpec);
    }
  }

  private static void check(JSONPathSpec flattenSpec) {
    Set<String> names = new HashSet<>();
    for (JSONPathFieldSpec field : flattenSpec.getFields()) {
      String name = field.getName();
      InvalidInput.conditionalException(names.add(name), "flattenSpec has field [%s] twice", name);
      try {
        ObjectFlatteners.create(new JSONPathSpec(false, List.of(field)), new JSONFlattenerMaker(false, false));
      } catch (RuntimeException e) {
        throw InvalidInput.exception(e, "flattenSpec's field [%s] is invalid", name);
      }
    }
  }

  @JsonProperty
  public String getDescriptorSet() {
    return descriptorSet;
  }

  @JsonProperty
  public String getMessage() {
    return message;
  }

  @JsonProperty
  @JsonInclude(JsonInclude.Include.NON_DEFAULT)
  public boolean isRecords() {
    return records;
  }

  @Override
  public boolean isSplittable() {
    return false;
  }

  @Override
  public InputEntityReader createReader(InputRowSchema schema, InputEntity source, File temporaryDirectory) {
    return new ProtobufReader(descriptor, getFlattenSpec(), schema, source, records);
  }

  @Override
  public boolean equals(Object other) {
    return super.equals(other)
        && descriptorSet.equals(((ProtobufInputFormat) other).descriptorSet)
        && message.equals(((ProtobufInputFormat) other).message)
        && records == ((ProtobufInputFormat) other).records;
  }

  @Override
  public int hashCode() {
    return Objects.hash(super.hashCode(), descriptorSet, message, records);
  }
}
