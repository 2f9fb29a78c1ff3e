package org.apache.beam.sdk.fn.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.beam.model.pipeline.v1.Endpoints.ApiServiceDescriptor;
import org.apache.beam.sdk.fn.channel.SocketAddressFactory;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.BindableService;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.InsecureServerCredentials;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.Server;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.ServerCredentials;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.ServerInterceptor;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.ServerInterceptors;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.netty.NettyServerBuilder;

/**
 * Makes Beam's gRPC servers: the TaskManager's for its workers, the job server's. It stands in for Beam's class of the same name,
 * and is found first since our jar is the first of the class path (local/java.ts). Beam's own takes the port alone of the address
 * that it is given, and listens on every interface; here a server listens where it says that it does, with TLS if it is to.
 */
public abstract class ServerFactory {
  /** The address that a server is announced under. */
  public interface UrlFactory {
    String createUrl(String host, int port);

    static UrlFactory createDefault() {
      return (host, port) -> host + ":" + port;
    }
  }

  public static ServerFactory createDefault() {
    return createWithPortSupplier(() -> 0);
  }

  public static ServerFactory createWithUrlFactory(UrlFactory urlFactory) {
    return createWithUrlFactoryAndPortSupplier(urlFactory, () -> 0);
  }

  public static ServerFactory createWithPortSupplier(Supplier<Integer> portSupplier) {
    return createWithUrlFactoryAndPortSupplier(UrlFactory.createDefault(), portSupplier);
  }

  public static ServerFactory createWithUrlFactoryAndPortSupplier(UrlFactory urlFactory, Supplier<Integer> portSupplier) {
    return new AddressServerFactory(urlFactory, portSupplier, InsecureServerCredentials.create(), List.of());
  }

  /** Servers with these credentials, whose calls go through this interceptor before all else. */
  public static ServerFactory createSecured(ServerCredentials credentials, ServerInterceptor interceptor) {
    return new AddressServerFactory(UrlFactory.createDefault(), () -> 0, credentials, List.of(interceptor));
  }

  /** Starts a server on the loopback interface, and writes its address into the descriptor. */
  public abstract Server allocateAddressAndCreate(List<BindableService> services, ApiServiceDescriptor.Builder descriptor)
      throws IOException;

  /** Starts a server at the descriptor's address. */
  public abstract Server create(List<BindableService> services, ApiServiceDescriptor descriptor) throws IOException;

  private static final class AddressServerFactory extends ServerFactory {
    /** Workers may ask whether a quiet connection still stands, so often. */
    private static final long KEEP_ALIVE_SECONDS = 20;

    private final UrlFactory urlFactory;
    private final Supplier<Integer> portSupplier;
    private final ServerCredentials credentials;
    private final List<ServerInterceptor> interceptors;

    AddressServerFactory(
        UrlFactory urlFactory,
        Supplier<Integer> portSupplier,
        ServerCredentials credentials,
        List<ServerInterceptor> interceptors) {
      this.urlFactory = urlFactory;
      this.portSupplier = portSupplier;
      this.credentials = credentials;
      this.interceptors = interceptors;
    }

    @Override
    public Server allocateAddressAndCreate(List<BindableService> services, ApiServiceDescriptor.Builder descriptor)
        throws IOException {
      InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), portSupplier.get());
      Server server = start(services, address);
      descriptor.setUrl(urlFactory.createUrl(address.getHostName(), server.getPort()));
      return server;
    }

    @Override
    public Server create(List<BindableService> services, ApiServiceDescriptor descriptor) throws IOException {
      return start(services, (InetSocketAddress) SocketAddressFactory.createFrom(descriptor.getUrl()));
    }

    private Server start(List<BindableService> services, InetSocketAddress address) throws IOException {
      NettyServerBuilder builder =
          NettyServerBuilder.forAddress(address, credentials)
              // What a message may be is limited by who writes it: a bundle's data by the size of its buffers.
              .maxInboundMessageSize(Integer.MAX_VALUE)
              .permitKeepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS);
      for (BindableService service : services) {
        // Who calls is told by a header, which Beam's services read from the context.
        builder.addService(ServerInterceptors.intercept(service, GrpcContextHeaderAccessorProvider.interceptor()));
      }
      interceptors.forEach(builder::intercept);
      return builder.build().start();
    }
  }
}
