package orderflow.streams;

import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.state.StoreBuilder;

/**
 * Two parts: the stages, by the partitions of raw_order, write all topics as the orders pass, which stay in memory from stage to stage; and the aggregation, by
 * to-location, behind a topic of sums.
 */
final class OrderTopology {
  private static final Serde<byte[]> BYTES = Serdes.ByteArray();
  private static final Serde<Outgoing> OUTGOING = Serdes.serdeFrom(
      (Serializer<Outgoing>) (topic, output) -> output.value(), (Deserializer<Outgoing>) (topic, bytes) -> new Outgoing(null, null, bytes));

  static Topology of(Settings settings, Stages stages) {
    StreamsBuilder builder = new StreamsBuilder();
    KStream<byte[], Outgoing> outputs = builder.stream("raw_order", Consumed.with(BYTES, BYTES))
        .process(supplier(() -> new OrderProcessor(stages, settings.batchSize()), new BeforeCommit.Builder()));
    write(outputs.filter((key, output) -> output.isForTopic()));
    Repartitioned<byte[], Outgoing> byLocation =
        Repartitioned.with(BYTES, OUTGOING).withName("sums").withNumberOfPartitions(settings.parallelism());
    KStream<byte[], Outgoing> sums = outputs.filter((key, output) -> !output.isForTopic()).repartition(byLocation);
    write(sums.process(supplier(() -> new PaneProcessor(settings), PaneProcessor.store(settings))));
    return builder.build();
  }

  private static void write(KStream<byte[], Outgoing> outputs) {
    outputs.to((key, output, context) -> output.topic(), Produced.with(BYTES, OUTGOING));
  }

  private static <V> ProcessorSupplier<byte[], V, byte[], Outgoing> supplier(
      Supplier<Processor<byte[], V, byte[], Outgoing>> make, StoreBuilder<?> store) {
    return new ProcessorSupplier<>() {
      @Override
      public Processor<byte[], V, byte[], Outgoing> get() {
        return make.get();
      }

      @Override
      public Set<StoreBuilder<?>> stores() {
        return Set.of(store);
      }
    };
  }

  private OrderTopology() {}
}
