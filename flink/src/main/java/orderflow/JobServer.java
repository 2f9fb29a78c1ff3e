package orderflow;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.beam.model.pipeline.v1.RunnerApi;
import org.apache.beam.runners.flink.FlinkJobInvoker;
import org.apache.beam.runners.flink.FlinkJobServerDriver;
import org.apache.beam.runners.flink.FlinkPipelineOptions;
import org.apache.beam.runners.flink.FlinkStreamingPortablePipelineTranslator;
import org.apache.beam.runners.fnexecution.provisioning.JobInfo;
import org.apache.beam.runners.jobsubmission.JobInvocation;
import org.apache.beam.runners.jobsubmission.PortablePipelineResult;
import org.apache.beam.runners.jobsubmission.PortablePipelineRunner;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.beam.vendor.guava.v32_1_2_jre.com.google.common.util.concurrent.ListeningExecutorService;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestOptions;

/**
 * Beam's job server for Flink, with two things of its own: it translates {@link KafkaTransforms} to Flink's own connector, and its work for
 * a job is done when Flink has taken the job, or has refused it. Flink's REST API tells what becomes of the job.
 */
public final class JobServer {
  private static final String CONF_DIR = "--flink-conf-dir";

  private JobServer() {}

  /** The arguments of {@link FlinkJobServerDriver}; of --flink-conf-dir, the folder is a word of its own. */
  public static void main(String[] args) throws Exception {
    FileSystems.setDefaultPipelineOptions(PipelineOptionsFactory.create());
    FlinkJobServerDriver.FlinkServerConfiguration configuration = FlinkJobServerDriver.parseArgs(args);
    // The driver keeps this one to itself.
    int at = Arrays.asList(args).indexOf(CONF_DIR);
    String confDir = at < 0 ? null : args[at + 1];
    FlinkJobServerDriver.fromConfig(configuration, () -> new Invoker(configuration, confDir)).run();
  }

  private static final class Invoker extends FlinkJobInvoker {
    private final String confDir;

    Invoker(FlinkJobServerDriver.FlinkServerConfiguration configuration, String confDir) {
      super(configuration);
      this.confDir = confDir;
    }

    @Override
    protected JobInvocation createJobInvocation(
        String invocationId,
        String retrievalToken,
        ListeningExecutorService executorService,
        RunnerApi.Pipeline pipeline,
        FlinkPipelineOptions options,
        PortablePipelineRunner stock) {
      PortablePipelineRunner runner = (fused, jobInfo) -> submit(fused, jobInfo, options);
      return super.createJobInvocation(invocationId, retrievalToken, executorService, pipeline, options, runner);
    }

    /** Throws what Flink has against the job, such as a savepoint that it cannot start from. */
    private PortablePipelineResult submit(RunnerApi.Pipeline pipeline, JobInfo jobInfo, FlinkPipelineOptions options)
        throws Exception {
      // Flink answers when the job is initialised, not when it ends.
      options.setAttachedMode(false);
      FlinkStreamingPortablePipelineTranslator translator =
          new FlinkStreamingPortablePipelineTranslator(
              Map.of(
                  KafkaTransforms.READ_URN, KafkaTransforms::translateRead,
                  KafkaTransforms.WRITE_URN, KafkaTransforms::translateWrite));
      // No jars to stage: Flink has this class path, too.
      FlinkStreamingPortablePipelineTranslator.StreamingTranslationContext context =
          translator.createTranslationContext(jobInfo, options, confDir, List.of());
      putBrackets((Configuration) context.getExecutionEnvironment().getConfiguration());
      translator.translate(context, translator.prepareForTranslation(pipeline)).execute(options.getJobName());
      return new Submitted();
    }

    /** Flink's client puts an IPv6 address into a URL as it is, where its port is taken for a part of it. */
    private static void putBrackets(Configuration configuration) {
      String address = configuration.get(RestOptions.ADDRESS);
      if (address != null && address.contains(":") && !address.startsWith("[")) {
        configuration.set(RestOptions.ADDRESS, "[" + address + "]");
      }
    }
  }
}
