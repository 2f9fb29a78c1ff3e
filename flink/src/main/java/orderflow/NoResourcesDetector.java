package orderflow;

import java.util.Collections;
import java.util.List;
import org.apache.beam.sdk.util.construction.resources.PipelineResourcesDetector;

/**
 * Finds nothing to stage. Beam's own detector sends the job server's whole class path (200 MB) to Flink with every job;
 * the TaskManager has the same jars on its class path already. Named in the pipeline option
 * {@code pipelineResourcesDetectorFactoryClass}.
 */
public class NoResourcesDetector implements PipelineResourcesDetector, PipelineResourcesDetector.Factory {
  /** Beam looks for a factory method of this name. */
  public static PipelineResourcesDetector.Factory create() {
    return new NoResourcesDetector();
  }

  @Override
  public PipelineResourcesDetector getPipelineResourcesDetector() {
    return this;
  }

  @Override
  public List<String> detect(ClassLoader classLoader) {
    return Collections.emptyList();
  }
}
