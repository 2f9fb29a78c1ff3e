package orderflow.streams;

import com.google.protobuf.InvalidProtocolBufferException;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.Map;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowStore;
import orderflow.v1.Orders.AggregatedOrder;

/**
 * Adds up what comes for a to-location and window, and writes a pane with all of it so far, within a pane's time after something changed.
 *
 * <p>A window's sums lie in a window store with a changelog. Which windows wait for a pane stands beside them, in the first byte: whoever takes the task over
 * writes it. Sums, panes and the place up to which the sums' topic was read are of one transaction.
 */
final class PaneProcessor implements Processor<byte[], Outgoing, byte[], Outgoing> {
  static final String STORE = "panes";
  /** So much longer than an order may be late are windows kept: orders may be a day ahead, and the store's time follows them. */
  private static final long TOLERANCE_MS = 2 * 86_400_000L;

  private final Settings settings;
  private final Set<Sums.Window> waiting = new LinkedHashSet<>();
  private ProcessorContext<byte[], Outgoing> context;
  private WindowStore<String, byte[]> panes;

  PaneProcessor(Settings settings) {
    this.settings = settings;
  }

  static StoreBuilder<WindowStore<String, byte[]>> store(Settings settings) {
    Duration kept = Duration.ofMillis(settings.allowedLatenessMs() + TOLERANCE_MS);
    var supplier = Stores.persistentWindowStore(STORE, kept, Duration.ofMillis(settings.windowMs()), false);
    // Of many changes of a window between two commits the changelog gets the last one.
    return Stores.windowStoreBuilder(supplier, Serdes.String(), Serdes.ByteArray()).withLoggingEnabled(Map.of()).withCachingEnabled();
  }

  @Override
  public void init(ProcessorContext<byte[], Outgoing> ours) {
    context = ours;
    panes = context.getStateStore(STORE);
    try (KeyValueIterator<Windowed<String>, byte[]> all = panes.all()) {
      while (all.hasNext()) {
        KeyValue<Windowed<String>, byte[]> entry = all.next();
        if (entry.value[0] == 1) waiting.add(new Sums.Window(entry.key.key(), entry.key.window().start()));
      }
    }
    context.schedule(Duration.ofMillis(settings.paneMs()), PunctuationType.WALL_CLOCK_TIME, now -> writePanes());
  }

  @Override
  public void process(Record<byte[], Outgoing> record) {
    AggregatedOrder added = parse(record.value().value());
    Sums.Window window = new Sums.Window(added.getToLocationId(), OrderChecks.millis(added.getWindowStart()));
    AggregatedOrder before = stored(window);
    Sums sums = Sums.of(added);
    if (before != null) sums.add(before);
    store(window, sums.message(window, settings.windowMs(), before == null ? 0 : before.getPaneIndex()), true);
    waiting.add(window);
  }

  private void writePanes() {
    for (Sums.Window window : waiting) {
      AggregatedOrder pane = stored(window);
      // The store lets go of windows that nobody may add to any more.
      if (pane == null) continue;
      byte[] key = Encoding.utf8(window.toLocationId());
      context.forward(new Record<>(key, new Outgoing("aggregated_order", key, pane.toByteArray()), window.start()));
      store(window, pane.toBuilder().setPaneIndex(pane.getPaneIndex() + 1).build(), false);
    }
    waiting.clear();
  }

  /** What the window got so far, with the index of its next pane; null where that is nothing. */
  private AggregatedOrder stored(Sums.Window window) {
    byte[] bytes = panes.fetch(window.toLocationId(), window.start());
    return bytes == null ? null : parse(Arrays.copyOfRange(bytes, 1, bytes.length));
  }

  private void store(Sums.Window window, AggregatedOrder message, boolean waits) {
    byte[] bytes = new byte[1 + message.getSerializedSize()];
    bytes[0] = (byte) (waits ? 1 : 0);
    System.arraycopy(message.toByteArray(), 0, bytes, 1, bytes.length - 1);
    panes.put(window.toLocationId(), bytes, window.start());
  }

  private static AggregatedOrder parse(byte[] bytes) {
    try {
      return AggregatedOrder.parseFrom(bytes);
    } catch (InvalidProtocolBufferException error) {
      throw new IllegalStateException("what this program wrote itself", error);
    }
  }
}
