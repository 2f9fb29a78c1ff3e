package orderflow.streams;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;

/** Runs the topology until SIGTERM. The argument is the path of the settings. */
public final class Main {
  public static void main(String[] arguments) throws IOException {
    Settings settings = Settings.read(Path.of(arguments[0]));
    Stages stages = new Stages(settings);
    KafkaStreams streams = new KafkaStreams(OrderTopology.of(settings, stages), properties(settings));
    // What a thread had is read again by its successor: after a fault of the surroundings, that is all there is to do.
    streams.setUncaughtExceptionHandler(error -> StreamThreadExceptionResponse.REPLACE_THREAD);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      streams.close(Duration.ofSeconds(30));
      stages.close();
    }));
    streams.setStateListener((state, before) -> {
      if (state == KafkaStreams.State.RUNNING) tellRunning(Path.of(settings.runningFile()));
    });
    streams.start();
  }

  private static void tellRunning(Path file) {
    try {
      Files.writeString(file, "");
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  /** By https://kafka.apache.org/39/documentation/streams/developer-guide/config-streams.html. */
  private static Properties properties(Settings settings) {
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "orderflow-streams");
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, settings.kafka());
    properties.put(StreamsConfig.STATE_DIR_CONFIG, settings.stateFolder());
    properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, settings.parallelism());
    properties.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, settings.replication());
    // acks=all and idempotence come with it.
    properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    // Each commit cuts the batches short that are being collected; readers of committed records wait for it.
    properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 1_000);
    properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    // After kill -9 its successor waits that long for the tasks; batches are no matter to it, heartbeats come from a thread of their own.
    properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), 10_000);
    properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 2 * settings.batchSize());
    properties.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), 20);
    properties.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 256 * 1024);
    properties.put(StreamsConfig.producerPrefix(ProducerConfig.MAX_REQUEST_SIZE_CONFIG), 5 * 1024 * 1024);
    // Several batches may be between two commits, and each may have to wait for the metastore and the partner.
    properties.put(StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG), 30_000);
    return properties;
  }

  private Main() {}
}
