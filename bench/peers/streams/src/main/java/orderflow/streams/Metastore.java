package orderflow.streams;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * The project's metastore in PostgreSQL: each call is one statement with a batch in arrays, and may be repeated. The statements are the project's own.
 *
 * <p>They are prepared on the server at once and kept by each connection (https://jdbc.postgresql.org/documentation/server-prepare/), and planned as
 * PostgreSQL sees fit, as the project's driver has it.
 */
final class Metastore implements AutoCloseable {
  private static final Pattern PARAMETER = Pattern.compile("\\$\\d+");
  private static final Pattern DATA_ERROR = Pattern.compile("(22|23|54)...");

  /** A parameter that is an array. */
  private record Column(String type, Object[] values) {}

  private interface Reader<T> {
    T read(ResultSet row) throws SQLException;
  }

  /** What the validator is told of an order; null where there is no network, or no lead time. */
  record ValidationFacts(String claim, String fraudNetwork, boolean isDefaulter, boolean isCancelled, Integer leadTimeMinutes) {}

  /** A location's name and region are null where it is unknown, the address's region where no network holds it. */
  record EnrichmentFacts(String fromName, String fromRegion, String toName, String toRegion, String ipRegion) {}

  private record Standing(Line line, boolean isRaced) {}

  private final HikariDataSource pool;
  private final Settings settings;
  private final Settings.Sql sql;

  Metastore(Settings settings) {
    this.settings = settings;
    sql = settings.sql();
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(settings.postgres().url());
    config.setUsername(settings.postgres().user());
    config.setPassword(settings.postgres().password());
    // A thread asks for itself, and for the aggregation beside it.
    config.setMaximumPoolSize(2 * settings.parallelism());
    config.setConnectionTimeout(4_000);
    // The program waits for its metastore, and does not end without it.
    config.setInitializationFailTimeout(-1);
    config.addDataSourceProperty("ApplicationName", "orderflow-streams");
    config.addDataSourceProperty("prepareThreshold", "1");
    config.addDataSourceProperty("options", "-c statement_timeout=4000");
    config.addDataSourceProperty("socketTimeout", "10");
    config.addDataSourceProperty("tcpKeepAlive", "true");
    pool = new HikariDataSource(config);
  }

  List<ValidationFacts> lookupForValidation(List<Order> orders) {
    return ask(sql.validation(), Metastore::validationFacts,
        texts(orders, order -> order.record().topic()),
        ints(orders, order -> order.record().partition()),
        longs(orders, order -> order.record().offset()),
        new Column("int2", new Short[orders.size()]),
        new Column("text", new String[orders.size()]),
        texts(orders, order -> order.names().orderId()),
        texts(orders, order -> order.names().messageId()),
        doubles(orders, order -> (double) order.names().createdAt()),
        longs(orders, order -> Encoding.content(order.record().value())),
        texts(orders, order -> order.message().getCustomerId()),
        inets(orders, order -> Addresses.stored(order.message().getIpAddress())),
        texts(orders, order -> order.message().getFromLocationId()),
        texts(orders, order -> order.message().getToLocationId()),
        inets(orders, order -> Addresses.embedded(order.message().getIpAddress())));
  }

  private static ValidationFacts validationFacts(ResultSet row) throws SQLException {
    int minutes = row.getInt(5);
    return new ValidationFacts(row.getString(1), row.getString(2), row.getBoolean(3), row.getBoolean(4), row.wasNull() ? null : minutes);
  }

  List<EnrichmentFacts> lookupForEnrichment(List<Order> orders) {
    return ask(sql.enrichment(),
        // An id that is null is that of no location.
        row -> new EnrichmentFacts(
            row.getString(1) == null ? null : row.getString(2), row.getString(3), row.getString(4) == null ? null : row.getString(5), row.getString(6), row.getString(7)),
        texts(orders, order -> order.message().getFromLocationId()),
        texts(orders, order -> order.message().getToLocationId()),
        inets(orders, order -> Addresses.stored(order.message().getIpAddress())),
        inets(orders, order -> Addresses.embedded(order.message().getIpAddress())));
  }

  /** Such as `EXTERNAL partner-1` or `INTERNAL`; null where there is no route. */
  List<String> lookupRoutes(List<Order> orders) {
    return ask(sql.routes(),
        row -> row.getString(1) == null ? null : row.getString(2) == null ? row.getString(1) : row.getString(1) + " " + row.getString(2),
        texts(orders, order -> order.message().getOrderType().name()),
        texts(orders, order -> order.found().toRegion()));
  }

  /** OPEN, DONE, FAILED or REPEAT: metastore/metastore.ts, DeliveryClaim. */
  List<String> claimDeliveries(List<Order> orders) {
    return ask(sql.deliveries(), row -> row.getString(1),
        texts(orders, order -> order.names().orderId()),
        texts(orders, order -> order.record().topic()),
        ints(orders, order -> order.record().partition()),
        longs(orders, order -> order.record().offset()),
        new Column("int2", filled(orders, Short[]::new, order -> (short) 1)));
  }

  /** COUNTS, TOO_LATE or REPEAT: metastore/metastore.ts, AggregationAnswer. */
  List<String> claimForAggregation(List<Order> orders) {
    return ask(sql.aggregation(), row -> row.getString(1),
        texts(orders, order -> order.record().topic()),
        ints(orders, order -> order.record().partition()),
        longs(orders, order -> order.record().offset()),
        new Column("int2", new Short[orders.size()]),
        new Column("text", new String[orders.size()]),
        texts(orders, order -> order.names().orderId()),
        new Column("bool", filled(orders, Boolean[]::new, order -> order.names().createdAt() < order.record().timestamp() - settings.allowedLatenessMs())));
  }

  /**
   * Records a line for each whose names are known, and answers with the line that stands then: what was recorded first is the decision. A line
   * that cannot be recorded stands for itself.
   */
  List<Line> recordStatuses(String stage, List<Proposal> proposals) {
    List<Proposal> known = proposals.stream().filter(proposal -> proposal.names().areKnown()).toList();
    if (known.isEmpty()) return proposals.stream().map(Proposal::line).toList();
    var lines = recordKnown(stage, known).iterator();
    List<Line> standing = new ArrayList<>(proposals.size());
    for (Proposal proposal : proposals) {
      Line stands = proposal.names().areKnown() ? lines.next() : null;
      standing.add(stands == null ? proposal.line() : stands);
    }
    return standing;
  }

  private List<Line> recordKnown(String stage, List<Proposal> lines) {
    long first = lines.stream().mapToLong(line -> line.names().createdAt()).min().getAsLong();
    long last = lines.stream().mapToLong(line -> line.names().createdAt()).max().getAsLong();
    boolean accepts = lines.stream().anyMatch(line -> line.otherwise() != null);
    Object[] values = {
      texts(lines, line -> line.names().orderId()),
      texts(lines, line -> line.names().messageId()),
      doubles(lines, line -> (double) line.names().createdAt()),
      new Column("int2", filled(lines, Short[]::new, line -> (short) settings.statuses().indexOf(line.line().status()))),
      ints(lines, line -> settings.tails().get(stage + "/" + line.line().status())),
      // PostgreSQL's text holds no NUL.
      texts(lines, line -> line.line().detail().replace('\0', '\ufffd')),
      texts(lines, Proposal::about),
      texts(lines, line -> line.line().facts()),
      texts(lines, line -> line.otherwise() == null ? null : line.otherwise().detail()),
      texts(lines, line -> line.otherwise() == null ? null : line.otherwise().facts()),
      new UUID(first << 16, 0),
      new UUID(last << 16 | 0xffff, -1)
    };
    String statement = stage.equals("external-processor") ? sql.ends() : accepts ? sql.acceptances() : sql.statuses();
    List<Standing> standing;
    // Where another one decides at the same moment the statement has waited for it, and sees its line when it asks again.
    do standing = ask(statement, this::standing, values);
    while (standing.stream().anyMatch(Standing::isRaced));
    return standing.stream().map(Standing::line).toList();
  }

  private Standing standing(ResultSet row) throws SQLException {
    int status = row.getInt(1);
    Line line = row.wasNull() ? null : new Line(settings.statuses().get(status), row.getString(2), row.getString(3));
    return new Standing(line, row.getBoolean(4));
  }

  private <T> List<T> ask(String text, Reader<T> reader, Object... values) {
    if (values[0] instanceof Column first && first.values.length == 0) return List.of();
    try (Connection connection = pool.getConnection();
        PreparedStatement statement = connection.prepareStatement(PARAMETER.matcher(text).replaceAll("?"))) {
      for (int index = 0; index < values.length; index++) {
        if (values[index] instanceof Column column) statement.setArray(index + 1, arrayOf(connection, column));
        else statement.setObject(index + 1, values[index]);
      }
      List<T> answers = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) answers.add(reader.read(rows));
      }
      return answers;
    } catch (SQLException error) {
      String state = error.getSQLState();
      if (state != null && DATA_ERROR.matcher(state).matches()) throw new DataException(error);
      // Nothing of the original's own words: PostgreSQL quotes values in them.
      throw new TransientException("the metastore did not answer (" + state + ")", error);
    }
  }

  private static Array arrayOf(Connection connection, Column column) throws SQLException {
    return connection.createArrayOf(column.type, column.values);
  }

  private static <E, T> T[] filled(List<E> entries, Function<Integer, T[]> make, Function<E, T> value) {
    T[] values = make.apply(entries.size());
    for (int index = 0; index < values.length; index++) values[index] = value.apply(entries.get(index));
    return values;
  }

  private static <E> Column texts(List<E> entries, Function<E, String> value) {
    return new Column("text", filled(entries, String[]::new, value));
  }

  private static <E> Column inets(List<E> entries, Function<E, String> value) {
    return new Column("inet", filled(entries, String[]::new, value));
  }

  private static <E> Column ints(List<E> entries, Function<E, Integer> value) {
    return new Column("int4", filled(entries, Integer[]::new, value));
  }

  private static <E> Column longs(List<E> entries, Function<E, Long> value) {
    return new Column("int8", filled(entries, Long[]::new, value));
  }

  private static <E> Column doubles(List<E> entries, Function<E, Double> value) {
    return new Column("float8", filled(entries, Double[]::new, value));
  }

  @Override
  public void close() {
    pool.close();
  }
}
