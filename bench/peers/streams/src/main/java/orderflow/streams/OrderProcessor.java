package orderflow.streams;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.processor.internals.InternalProcessorContext;
import org.apache.kafka.streams.processor.internals.ProcessorNode;

/**
 * Collects the records of a task, and carries them through the stages a batch at a time.
 *
 * <p>Kafka Streams hands over one record after the other, and takes each for processed when {@link #process} returns. Nothing is lost all the same, since its place is
 * committed only when it was carried:
 *
 * <ul>
 *   <li>What is collected is carried before each commit of the task ({@link BeforeCommit}): at the interval, where a rebalance takes the task away, and where the
 *       program ends by SIGTERM. Where that fails nothing is committed, the thread ends, and whoever gets the task begins at what was committed.
 *   <li>After kill -9, or where a thread ends by an exception, what it had collected is gone from memory, and is read again: its place was not committed.
 *   <li>The outputs, the sums on their topic, the sums in the store and the places up to which was read are one transaction (exactly_once_v2): of a batch that was cut
 *       off, readers of committed records see nothing, and the aggregation counts nothing twice.
 *   <li>What is done outside of Kafka is done again then, and changes nothing: the claims name the record's place on raw_order, the lines that stand are the first ones,
 *       the partner has the key. A zombie, whose task is another's by now, may do the same at the same time; what it writes to Kafka is fenced.
 * </ul>
 */
final class OrderProcessor implements Processor<byte[], byte[], byte[], Outgoing> {
  private static final Duration TICK = Duration.ofMillis(20);
  /** A batch that grows at each tick is carried after so many of them. Ticks are counted, not time: the one after a long batch shall not cut the next one short. */
  private static final int MOST_TICKS = 5;

  private final Stages stages;
  private final int batchSize;
  private final List<RawRecord> collected = new ArrayList<>();
  private int atLastTick;
  private int ticks;
  private InternalProcessorContext<byte[], Outgoing> context;

  OrderProcessor(Stages stages, int batchSize) {
    this.stages = stages;
    this.batchSize = batchSize;
  }

  @Override
  public void init(ProcessorContext<byte[], Outgoing> ours) {
    context = (InternalProcessorContext<byte[], Outgoing>) ours;
    ProcessorNode<?, ?, ?, ?> node = context.currentNode();
    ours.<BeforeCommit>getStateStore(BeforeCommit.STORE).set(() -> carryAs(node));
    ours.schedule(TICK, PunctuationType.WALL_CLOCK_TIME, now -> tick());
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    RecordMetadata place = context.recordMetadata().orElseThrow();
    collected.add(new RawRecord(place.topic(), place.partition(), place.offset(), record.timestamp(), bytes(record.key()), bytes(record.value())));
    if (collected.size() >= batchSize) carry();
  }

  private static byte[] bytes(byte[] bytes) {
    return bytes == null ? new byte[0] : bytes;
  }

  /** Carries what has waited: at once where no more comes. */
  private void tick() {
    if (collected.isEmpty()) return;
    if (collected.size() == atLastTick || ++ticks >= MOST_TICKS) carry();
    else atLastTick = collected.size();
  }

  /** Outside of a call of this node, where Kafka Streams would not know whose outputs these are: as its own flush listeners do it. */
  private void carryAs(ProcessorNode<?, ?, ?, ?> node) {
    ProcessorNode<?, ?, ?, ?> before = context.currentNode();
    context.setCurrentNode(node);
    try {
      carry();
    } finally {
      context.setCurrentNode(before);
    }
  }

  private void carry() {
    if (collected.isEmpty()) return;
    long now = context.currentSystemTimeMs();
    try {
      for (Outgoing output : stages.carry(collected)) context.forward(new Record<>(output.key(), output, now));
    } catch (TimeoutException error) {
      // Kafka Streams would call again with the same record, beside those that were handed over already: the transaction has to end instead.
      throw new StreamsException("Kafka took the outputs of a batch not in time", error);
    }
    collected.clear();
    atLastTick = 0;
    ticks = 0;
  }
}
