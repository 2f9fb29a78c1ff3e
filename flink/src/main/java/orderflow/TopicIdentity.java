package orderflow;

import java.io.Serializable;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;

/** A topic that a job reads. Kafka's id tells it from another one that has its name since; null where anything of that name is meant. */
public record TopicIdentity(String topic, String id) implements Serializable {
  /** What is there under the name. Throws an ExecutionException of Kafka's own, such as that of a topic that is not there. */
  public TopicDescription describe(Admin admin, long seconds)
      throws ExecutionException, InterruptedException, TimeoutException {
    return admin.describeTopics(List.of(topic)).allTopicNames().get(seconds, TimeUnit.SECONDS).get(topic);
  }

  public boolean isOf(TopicDescription found) {
    return id == null || id.equals(found.topicId().toString());
  }

  /** For people: what is wrong where it is another one, and what to do. */
  public String madeAnew() {
    return topic
        + " was deleted and made anew since this job read it: `orderflow topics adopt "
        + topic
        + "` goes on with the new one";
  }
}
