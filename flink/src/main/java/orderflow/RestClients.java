package orderflow;

import static org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpResponseStatus.FORBIDDEN;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.io.network.netty.InboundChannelHandlerFactory;
import org.apache.flink.shaded.netty4.io.netty.buffer.Unpooled;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelFutureListener;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelHandler;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelHandlerContext;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelInboundHandlerAdapter;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.DefaultFullHttpResponse;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpHeaderNames;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpMethod;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpRequest;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpVersion;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.QueryStringDecoder;
import org.apache.flink.shaded.netty4.io.netty.handler.ssl.SslHandler;
import org.apache.flink.shaded.netty4.io.netty.handler.ssl.SslHandshakeCompletionEvent;
import org.apache.flink.shaded.netty4.io.netty.util.ReferenceCountUtil;

/**
 * Who may use Flink's REST API, by the names in their certificates. Flink itself takes every certificate of the authority, and whoever may
 * connect may submit code. Flink finds this class by META-INF/services; it does nothing where neither list is configured.
 */
public final class RestClients implements InboundChannelHandlerFactory {
  /** May read, as with GET. */
  static final ConfigOption<List<String>> READERS =
      ConfigOptions.key("orderflow.rest.readers").stringType().asList().noDefaultValue();

  /** May do everything: submit, cancel, take savepoints. */
  static final ConfigOption<List<String>> WRITERS =
      ConfigOptions.key("orderflow.rest.writers").stringType().asList().noDefaultValue();

  @Override
  public int priority() {
    return 0;
  }

  @Override
  public Optional<ChannelHandler> createHandler(Configuration configuration, Map<String, String> responseHeaders) {
    if (!configuration.contains(READERS) && !configuration.contains(WRITERS)) {
      return Optional.empty();
    }
    return Optional.of(new Check(names(configuration, READERS), names(configuration, WRITERS)));
  }

  private static Set<String> names(Configuration configuration, ConfigOption<List<String>> option) {
    return Set.copyOf(configuration.getOptional(option).orElse(List.of()));
  }

  private static final class Check extends ChannelInboundHandlerAdapter {
    private final Set<String> readers;
    private final Set<String> writers;
    private String name;

    Check(Set<String> readers, Set<String> writers) {
      this.readers = readers;
      this.writers = writers;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
      if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
        name = Peer.nameOf(context.pipeline().get(SslHandler.class).engine().getSession());
      }
      super.userEventTriggered(context, event);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
      if (message instanceof HttpRequest request && !may(request)) {
        ReferenceCountUtil.release(message);
        refuse(context, request.method());
      } else {
        super.channelRead(context, message);
      }
    }

    private boolean may(HttpRequest request) {
      return name != null && (writers.contains(name) || (readers.contains(name) && isReading(request)));
    }

    /** For YARN's proxy, which knows no other method, a GET of jobs/…/yarn-cancel cancels a job. */
    private static boolean isReading(HttpRequest request) {
      boolean isGet = request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD);
      return isGet && !new QueryStringDecoder(request.uri()).path().contains("/yarn-");
    }

    private void refuse(ChannelHandlerContext context, HttpMethod method) {
      String who = name == null ? "who shows no certificate" : "\"" + name + "\"";
      String sentence = "{\"errors\":[\"" + (who + " may not " + method + " here").replace("\"", "\\\"") + "\"]}";
      DefaultFullHttpResponse response =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1, FORBIDDEN, Unpooled.copiedBuffer(sentence, StandardCharsets.UTF_8));
      response.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/json; charset=UTF-8");
      response.headers().set(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes());
      context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }
  }
}
