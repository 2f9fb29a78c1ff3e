package orderflow.streams;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What the program is told where it is started, as JSON: addresses and settings, and the project's own tables and SQL, of which there is one text each.
 * Times are in ms. `runningFile` is made once all threads have their tasks.
 */
public record Settings(
    String kafka,
    Postgres postgres,
    Partner partner,
    int parallelism,
    int replication,
    int batchSize,
    int maxOrderBytes,
    long allowedLatenessMs,
    long windowMs,
    long paneMs,
    String stateFolder,
    String runningFile,
    Map<String, Long> limits,
    List<String> statuses,
    Map<String, Integer> tails,
    Sql sql) {

  public record Postgres(String url, String user, String password) {}

  public record Partner(String url, int timeoutMs, int concurrency, int attempts) {}

  /** Statements with the parameters $1, $2… in this order. The three of statuses: for ordinary lines, for acceptances, for ends of deliveries. */
  public record Sql(
      String validation,
      String enrichment,
      String routes,
      String deliveries,
      String aggregation,
      String statuses,
      String acceptances,
      String ends) {}

  static final ObjectMapper json =
      new ObjectMapper().configure(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES, true)
          .configure(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES, true);

  static Settings read(Path file) throws IOException {
    return json.readValue(file.toFile(), Settings.class);
  }
}
