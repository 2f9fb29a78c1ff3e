package orderflow;

import java.util.Arrays;
import org.apache.beam.sdk.expansion.service.ExpansionServer;
import org.apache.beam.sdk.expansion.service.ExpansionService;
import org.apache.beam.sdk.expansion.service.ExpansionServiceOptions;
import org.apache.beam.sdk.options.PipelineOptionsFactory;

/**
 * Beam's expansion service at an address: {@code ExpansionServiceMain HOST PORT OPTIONS…}. Beam's own main takes a port alone, and
 * listens on every interface.
 */
public final class ExpansionServiceMain {
  private ExpansionServiceMain() {}

  public static void main(String[] args) throws Exception {
    PipelineOptionsFactory.register(ExpansionServiceOptions.class);
    ExpansionService service = new ExpansionService(Arrays.copyOfRange(args, 2, args.length));
    try (ExpansionServer server = ExpansionServer.create(service, args[0], Integer.parseInt(args[1]))) {
      System.out.println("The expansion service listens at " + server.getHost() + ":" + server.getPort());
      // Until a signal ends the process.
      Thread.currentThread().join();
    }
  }
}
