package orderflow;

import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.beam.model.pipeline.v1.RunnerApi;
import org.apache.beam.runners.flink.FlinkBatchPortablePipelineTranslator;
import org.apache.beam.runners.flink.FlinkJobInvoker;
import org.apache.beam.runners.flink.FlinkJobServerDriver;
import org.apache.beam.runners.flink.FlinkPipelineOptions;
import org.apache.beam.runners.flink.FlinkStreamingPortablePipelineTranslator;
import org.apache.beam.runners.fnexecution.provisioning.JobInfo;
import org.apache.beam.runners.jobsubmission.JobInvocation;
import org.apache.beam.runners.jobsubmission.JobServerDriver;
import org.apache.beam.runners.jobsubmission.PortablePipelineResult;
import org.apache.beam.runners.jobsubmission.PortablePipelineRunner;
import org.apache.beam.sdk.fn.server.ServerFactory;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.beam.vendor.guava.v32_1_2_jre.com.google.common.util.concurrent.ListeningExecutorService;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.dag.Pipeline;
import org.apache.flink.api.java.ExecutionEnvironment;
import org.apache.flink.client.ClientUtils;
import org.apache.flink.client.deployment.StandaloneClusterId;
import org.apache.flink.client.deployment.executors.PipelineExecutorUtils;
import org.apache.flink.client.program.rest.RestClusterClient;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;

/**
 * Beam's job server for Flink, with two things of its own: it translates {@link KafkaTransforms} to Flink's own connector, and its work for
 * a job is done when Flink has taken the job, or has refused it. Flink's REST API tells what becomes of the job.
 */
public final class JobServer {
  private static final String CONF_DIR = "--flink-conf-dir";
  private static final String CA_FILE = "--tls-ca-file";
  private static final String CERT_FILE = "--tls-cert-file";
  private static final String KEY_FILE = "--tls-key-file";
  private static final String CLIENTS = "--tls-clients";

  /** Jobs that are translated and submitted now. */
  private static final AtomicInteger UNDER_WAY = new AtomicInteger();

  private JobServer() {}

  /**
   * The arguments of {@link FlinkJobServerDriver}, and, for TLS, --tls-ca-file, --tls-cert-file, --tls-key-file (PEM) and --tls-clients, the names in
   * the certificates of those who may submit, with commas between. The value of each of these and of --flink-conf-dir is a word of its own.
   */
  public static void main(String[] args) throws Exception {
    FileSystems.setDefaultPipelineOptions(PipelineOptionsFactory.create());
    List<String> words = new ArrayList<>(List.of(args));
    String authority = take(words, CA_FILE);
    String certificate = take(words, CERT_FILE);
    String key = take(words, KEY_FILE);
    String clients = take(words, CLIENTS);
    FlinkJobServerDriver.FlinkServerConfiguration configuration =
        FlinkJobServerDriver.parseArgs(words.toArray(String[]::new));
    // The driver keeps this one to itself.
    String confDir = take(words, CONF_DIR);
    new Driver(configuration, servers(authority, certificate, key, clients), () -> new Invoker(configuration, confDir))
        .run();
  }

  private static ServerFactory servers(String authority, String certificate, String key, String clients)
      throws Exception {
    Stream<String> given = Stream.of(authority, certificate, key, clients).filter(Objects::nonNull);
    switch ((int) given.count()) {
      case 0:
        return ServerFactory.createDefault();
      case 4:
        return SecuredServers.create(
            new File(authority), new File(certificate), new File(key), Set.of(clients.split(",")));
      default:
        throw new IllegalArgumentException(
            String.format("%s, %s, %s and %s go together", CA_FILE, CERT_FILE, KEY_FILE, CLIENTS));
    }
  }

  /** The value of an option, which is taken out with it; null where it is not there. */
  private static String take(List<String> words, String option) {
    int at = words.indexOf(option);
    if (at < 0) {
      return null;
    }
    words.remove(at);
    return words.remove(at);
  }

  /** Beam's driver, whose own way to one takes no servers of ours. */
  private static final class Driver extends JobServerDriver {
    Driver(ServerConfiguration configuration, ServerFactory servers, JobInvokerFactory invokers) {
      super(configuration, servers, servers, invokers);
    }
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
      PortablePipelineRunner runner = (fused, jobInfo) -> submitThenCollect(fused, jobInfo, options);
      return super.createJobInvocation(invocationId, retrievalToken, executorService, pipeline, options, runner);
    }

    /** There may be no other job for weeks: a collection after the last one gives back to the machine what the heap took for them. */
    private PortablePipelineResult submitThenCollect(
        RunnerApi.Pipeline pipeline, JobInfo jobInfo, FlinkPipelineOptions options) throws Exception {
      UNDER_WAY.incrementAndGet();
      try {
        return submit(pipeline, jobInfo, options);
      } finally {
        if (UNDER_WAY.decrementAndGet() == 0) {
          System.gc();
        }
      }
    }

    /** Throws what Flink has against the job, such as a savepoint that it cannot start from. */
    private PortablePipelineResult submit(RunnerApi.Pipeline pipeline, JobInfo jobInfo, FlinkPipelineOptions options)
        throws Exception {
      // No jars to stage: Flink has this class path, too.
      if (options.isStreaming()) {
        FlinkStreamingPortablePipelineTranslator translator =
            new FlinkStreamingPortablePipelineTranslator(
                Map.of(
                    KafkaTransforms.READ_URN, KafkaTransforms::translateRead,
                    KafkaTransforms.WRITE_URN, KafkaTransforms::translateWrite));
        FlinkStreamingPortablePipelineTranslator.StreamingTranslationContext context =
            translator.createTranslationContext(jobInfo, options, confDir, List.of());
        StreamExecutionEnvironment environment = context.getExecutionEnvironment();
        submit(
            (Configuration) environment.getConfiguration(),
            () -> {
              translator.translate(context, translator.prepareForTranslation(pipeline));
              StreamGraph graph = environment.getStreamGraph();
              graph.setJobName(options.getJobName());
              return graph;
            });
      } else {
        FlinkBatchPortablePipelineTranslator translator = FlinkBatchPortablePipelineTranslator.createTranslator();
        FlinkBatchPortablePipelineTranslator.BatchTranslationContext context =
            translator.createTranslationContext(jobInfo, options, confDir, List.of());
        ExecutionEnvironment environment = context.getExecutionEnvironment();
        submit(
            environment.getConfiguration(),
            () -> {
              translator.translate(context, translator.prepareForTranslation(pipeline));
              return environment.createProgramPlan(options.getJobName());
            });
      }
      return new Submitted();
    }

    /** The translation takes up what is in the configuration then. */
    private static void submit(Configuration configuration, Supplier<Pipeline> translation) throws Exception {
      Configuration forClient = new Configuration(configuration);
      putBrackets(forClient);
      removeSecrets(configuration);
      submit(
          PipelineExecutorUtils.getJobGraph(translation.get(), configuration, JobServer.class.getClassLoader()),
          forClient);
    }

    /** As Flink's own executors do it: it has taken a job that is initialised. */
    private static void submit(JobGraph job, Configuration configuration) throws Exception {
      try (RestClusterClient<StandaloneClusterId> flink =
          new RestClusterClient<>(configuration, StandaloneClusterId.getInstance())) {
        JobID id = flink.submitJob(job).get();
        ClientUtils.waitUntilJobInitializationFinished(
            () -> flink.getJobStatus(id).get(),
            () -> flink.requestJobResult(id).get(),
            JobServer.class.getClassLoader());
      }
    }

    /** The passwords of key stores are for Flink's client. A job that has them takes them along, into the JobManager's files. */
    private static void removeSecrets(Configuration configuration) {
      for (String key : configuration.toMap().keySet()) {
        if (key.startsWith("security.")) {
          configuration.removeKey(key);
        }
      }
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
