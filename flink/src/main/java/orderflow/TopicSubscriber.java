package orderflow;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.flink.connector.kafka.source.enumerator.subscriber.KafkaSubscriber;
import org.apache.flink.util.FlinkRuntimeException;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * The partitions of a topic, as often as Flink looks for new ones. Of a topic that was there, and is deleted or another one now, there are
 * none more: the readers say so, once what they have read is in a checkpoint (TopicSplitReader).
 */
final class TopicSubscriber implements KafkaSubscriber {
  private static final long serialVersionUID = 1L;
  private static final long PATIENCE_SECONDS = 60;

  private final TopicIdentity identity;
  private volatile boolean wasThere;

  TopicSubscriber(TopicIdentity identity) {
    this.identity = identity;
  }

  @Override
  public Set<TopicPartition> getSubscribedTopicPartitions(AdminClient admin) {
    Set<TopicPartition> partitions = new HashSet<>();
    TopicDescription found = find(admin);
    if (found == null) return partitions;
    if (!identity.isOf(found)) {
      if (wasThere) return partitions;
      throw new IllegalStateException(identity.madeAnew());
    }
    wasThere = true;
    found.partitions().forEach(info -> partitions.add(new TopicPartition(identity.topic(), info.partition())));
    return partitions;
  }

  /** Null where a topic that was there is not there any more. */
  private TopicDescription find(AdminClient admin) {
    try {
      return identity.describe(admin, PATIENCE_SECONDS);
    } catch (ExecutionException error) {
      if (wasThere && error.getCause() instanceof UnknownTopicOrPartitionException) return null;
      throw new FlinkRuntimeException("Kafka does not describe " + identity.topic(), error.getCause());
    } catch (InterruptedException | TimeoutException error) {
      throw new FlinkRuntimeException("Kafka does not describe " + identity.topic(), error);
    }
  }
}
