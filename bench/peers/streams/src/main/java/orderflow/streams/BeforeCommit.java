package orderflow.streams;

import java.util.Map;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.internals.CacheFlushListener;
import org.apache.kafka.streams.state.internals.CachedStateStore;

/**
 * A state store that keeps nothing, and is told before the offsets of its task are committed.
 *
 * <p>Kafka Streams has no such hook of its own for processors. What it has is that of its record caches: StreamTask.prepareCommit flushes the caches of the task's
 * stores, "since it may cause some cached records to be processed and hence generate more records to be sent out", then the producer, and only then are offsets
 * committed. It does so at each commit: by the interval, at a rebalance, where a task is closed. StateStore.flush() is no such place: since 2.7 it is called after the
 * commit, for the checkpoint. The interface is internal, and the version is pinned. Responsive's asynchronous processor stands on the same one
 * (https://github.com/responsivedev/responsive-pub, AsyncFlushingKeyValueStore).
 */
final class BeforeCommit implements StateStore, CachedStateStore<Void, Void> {
  static final String STORE = "before-commit";

  private Runnable work = () -> {};
  private boolean isOpen;

  /** What is done before each commit of the task. Where it throws, nothing is committed. */
  void set(Runnable beforeCommit) {
    work = beforeCommit;
  }

  @Override
  public void flushCache() {
    work.run();
  }

  @Override
  public boolean setFlushListener(CacheFlushListener<Void, Void> listener, boolean sendOldValues) {
    return false;
  }

  @Override
  public void clearCache() {}

  @Override
  public String name() {
    return STORE;
  }

  @Override
  @Deprecated
  public void init(org.apache.kafka.streams.processor.ProcessorContext context, StateStore root) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void init(StateStoreContext context, StateStore root) {
    context.register(root, (key, value) -> {});
    isOpen = true;
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    isOpen = false;
  }

  @Override
  public boolean persistent() {
    return false;
  }

  @Override
  public boolean isOpen() {
    return isOpen;
  }

  static final class Builder implements StoreBuilder<BeforeCommit> {
    @Override
    public BeforeCommit build() {
      return new BeforeCommit();
    }

    @Override
    public String name() {
      return STORE;
    }

    @Override
    public boolean loggingEnabled() {
      return false;
    }

    @Override
    public Map<String, String> logConfig() {
      return Map.of();
    }

    @Override
    public StoreBuilder<BeforeCommit> withCachingEnabled() {
      return this;
    }

    @Override
    public StoreBuilder<BeforeCommit> withCachingDisabled() {
      return this;
    }

    @Override
    public StoreBuilder<BeforeCommit> withLoggingEnabled(Map<String, String> config) {
      throw new UnsupportedOperationException("there is nothing to be logged");
    }

    @Override
    public StoreBuilder<BeforeCommit> withLoggingDisabled() {
      return this;
    }
  }
}
