package orderflow.streams;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.util.Timeout;

/**
 * Delivers orders by HTTP with idempotency keys, several at once to each partner, over connections that are kept
 * (https://hc.apache.org/httpcomponents-client-5.5.x/migration-guide/preparation.html: one client and one pool of connections for all).
 */
final class PartnerClient implements AutoCloseable {
  /** Of transforms/delivery/partner-answer.ts: what is no refusal of this order. The other 4xx are. */
  private static final Set<Integer> MAY_GO_AWAY = Set.of(401, 402, 403, 404, 405, 407, 408, 409, 421, 423, 425, 426, 429);

  private static final DateTimeFormatter ISO = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
  private static final Pattern CODE = Pattern.compile("[\\w.-]{1,64}");
  private static final int BACKOFF_MS = 100;

  private final Settings.Partner settings;
  private final int atOnce;
  private final CloseableHttpClient client;
  private final Map<String, ExecutorService> senders = new ConcurrentHashMap<>();

  PartnerClient(Settings settings) {
    this.settings = settings.partner();
    atOnce = this.settings.concurrency() * settings.parallelism();
    Timeout timeout = Timeout.ofMilliseconds(this.settings.timeoutMs());
    var connections = PoolingHttpClientConnectionManagerBuilder.create()
        .setMaxConnPerRoute(8 * atOnce)
        .setMaxConnTotal(8 * atOnce)
        .setDefaultConnectionConfig(ConnectionConfig.custom().setConnectTimeout(timeout).setSocketTimeout(timeout).build())
        .build();
    client = HttpClients.custom()
        .setConnectionManager(connections)
        .setDefaultRequestConfig(RequestConfig.custom().setResponseTimeout(timeout).setConnectionRequestTimeout(timeout).build())
        .disableAutomaticRetries()
        .disableRedirectHandling()
        .disableCookieManagement()
        .disableAuthCaching()
        .disableContentCompression()
        .build();
  }

  /**
   * The line that each delivery leaves: DELIVERED or DELIVERY_FAILED. Throws a TransientException when a partner does not answer one of them: nothing
   * is committed then, and all of them are asked for again, under the same keys.
   */
  List<Line> deliver(List<Order> orders) {
    List<CompletableFuture<Line>> deliveries = orders.stream().map(order -> CompletableFuture.supplyAsync(() -> deliver(order), sendersTo(order.partner()))).toList();
    return deliveries.stream().map(Stages::result).toList();
  }

  private ExecutorService sendersTo(String partner) {
    return senders.computeIfAbsent(partner, id -> Executors.newFixedThreadPool(atOnce, task -> {
      Thread thread = new Thread(task, "partner-" + id);
      thread.setDaemon(true);
      return thread;
    }));
  }

  private Line deliver(Order order) {
    byte[] body = body(order);
    String key = idempotencyKey(order.names());
    String why = "";
    for (int attempt = 0; attempt < settings.attempts(); attempt++) {
      if (attempt > 0) pause(attempt);
      HttpPost request = new HttpPost(settings.url());
      request.setHeader("idempotency-key", key);
      request.setEntity(new ByteArrayEntity(body, ContentType.APPLICATION_JSON));
      try {
        Line line = client.execute(request, PartnerClient::lineOf);
        if (line != null) return line;
        why = "an answer that may go away";
      } catch (IOException error) {
        why = error.getClass().getSimpleName();
      }
    }
    throw new TransientException("the partner " + order.partner() + " takes no orders now: " + why, null);
  }

  private static void pause(int attempt) {
    try {
      long millis = (long) BACKOFF_MS << (attempt - 1);
      Thread.sleep(millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2 + 1));
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
    }
  }

  private static Line lineOf(ClassicHttpResponse response) throws HttpException, IOException {
    int status = response.getCode();
    if (status >= 200 && status < 300) {
      EntityUtils.consume(response.getEntity());
      return new Line("DELIVERED", "HTTP " + status, null);
    }
    String body = response.getEntity() == null ? "" : EntityUtils.toString(response.getEntity(), StandardCharsets.UTF_8, 64 * 1024);
    if (status < 400 || status >= 500 || MAY_GO_AWAY.contains(status)) return null;
    return new Line("DELIVERY_FAILED", ("HTTP " + status + " " + refusalCode(body)).strip(), null);
  }

  /** Nothing else of the body is kept: a partner may repeat personal data in it. */
  private static String refusalCode(String body) {
    try {
      JsonNode code = Settings.json.readTree(body).path("code");
      return code.isTextual() && CODE.matcher(code.textValue()).matches() ? code.textValue() : "";
    } catch (JsonProcessingException noJson) {
      return "";
    }
  }

  /** The project's own key: idempotencyKeyOf in transforms/delivery/partner-request.ts. */
  private static String idempotencyKey(Names names) {
    ArrayNode name = Settings.json.createArrayNode().add(names.orderId()).add(names.messageId()).add(1);
    return Encoding.hexOfSha256(Encoding.utf8(name.toString()));
  }

  /** The same bytes whenever it is made: toPartnerRequest. */
  private static byte[] body(Order order) {
    var message = order.message();
    var found = order.found();
    ObjectNode body = Settings.json.createObjectNode();
    body.put("orderId", order.names().orderId());
    body.put("messageId", order.names().messageId());
    body.put("partnerId", order.partner());
    body.put("orderType", message.getOrderType().name());
    body.put("createdAt", iso(order.names().createdAt()));
    body.put("promisedBy", iso(OrderChecks.millis(message.getPromisedBy())));
    body.put("paymentMethod", message.getPaymentMethod().name());
    body.put("currency", message.getCurrency());
    body.put("amount", OrderChecks.amount(message));
    body.putObject("from").put("id", message.getFromLocationId()).put("name", found.fromName()).put("region", found.fromRegion());
    body.putObject("to").put("id", message.getToLocationId()).put("name", found.toName()).put("region", found.toRegion());
    ArrayNode lines = body.putArray("lines");
    message.getLinesList().forEach(line ->
        lines.addObject().put("sku", line.getSku()).put("quantity", Integer.toUnsignedLong(line.getQuantity())).put("unitPrice", line.getUnitPrice()));
    return Encoding.utf8(body.toString());
  }

  private static String iso(long millis) {
    return ISO.format(Instant.ofEpochMilli(millis));
  }

  @Override
  public void close() {
    senders.values().forEach(ExecutorService::shutdownNow);
    try {
      client.close();
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }
}
