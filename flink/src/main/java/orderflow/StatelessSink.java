package orderflow;

import java.io.IOException;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;

/**
 * A sink of which nothing is in the job's state, so that the job can go on without it. Only for one that writes at least once: what it has in its state
 * is for transactions.
 */
final class StatelessSink<IN> implements Sink<IN> {
  private final Sink<IN> sink;

  StatelessSink(Sink<IN> sink) {
    this.sink = sink;
  }

  @Override
  public SinkWriter<IN> createWriter(Sink.InitContext context) throws IOException {
    return sink.createWriter(context);
  }
}
