package orderflow;

import org.apache.beam.model.jobmanagement.v1.JobApi;
import org.apache.beam.runners.jobsubmission.PortablePipelineResult;
import org.apache.beam.sdk.metrics.MetricResults;
import org.joda.time.Duration;

/** What a job server says of a job that Flink has taken: its own part is done. */
final class Submitted implements PortablePipelineResult {
  @Override
  public State getState() {
    return State.DONE;
  }

  @Override
  public State waitUntilFinish(Duration duration) {
    return State.DONE;
  }

  @Override
  public State waitUntilFinish() {
    return State.DONE;
  }

  @Override
  public State cancel() {
    throw new UnsupportedOperationException("Flink's REST API cancels jobs");
  }

  @Override
  public MetricResults metrics() {
    throw new UnsupportedOperationException("Flink's REST API has the metrics");
  }

  @Override
  public JobApi.MetricResults portableMetrics() {
    return JobApi.MetricResults.getDefaultInstance();
  }
}
