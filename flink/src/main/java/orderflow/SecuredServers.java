package orderflow;

import java.io.File;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.beam.sdk.fn.server.ServerFactory;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.Grpc;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.Metadata;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.ServerCall;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.ServerCallHandler;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.ServerInterceptor;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.Status;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.TlsServerCredentials;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.util.AdvancedTlsX509KeyManager;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.util.AdvancedTlsX509TrustManager;

/** gRPC servers with TLS that only those may call whose certificate has one of these names. Files that change are read again. */
final class SecuredServers {
  /** How soon a certificate that was renewed counts for new connections. */
  private static final long RELOAD_SECONDS = 10;

  private SecuredServers() {}

  /**
   * @param authority PEM of the authorities that clients' certificates are from.
   * @param certificate PEM of the servers' certificate, and its chain.
   * @param key PEM of its key, in PKCS#8.
   * @param clients the common names of those who may call.
   */
  static ServerFactory create(File authority, File certificate, File key, Set<String> clients) throws Exception {
    ScheduledExecutorService reloading =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "certificates");
              thread.setDaemon(true);
              return thread;
            });
    AdvancedTlsX509KeyManager own = new AdvancedTlsX509KeyManager();
    own.updateIdentityCredentialsFromFile(key, certificate, RELOAD_SECONDS, TimeUnit.SECONDS, reloading);
    AdvancedTlsX509TrustManager trusted =
        AdvancedTlsX509TrustManager.newBuilder()
            // A client has no host name that could be compared.
            .setVerification(AdvancedTlsX509TrustManager.Verification.CERTIFICATE_ONLY_VERIFICATION)
            .build();
    trusted.updateTrustCredentialsFromFile(authority, RELOAD_SECONDS, TimeUnit.SECONDS, reloading);
    return ServerFactory.createSecured(
        TlsServerCredentials.newBuilder()
            .keyManager(own)
            .trustManager(trusted)
            .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
            .build(),
        new ClientCheck(clients));
  }

  private record ClientCheck(Set<String> clients) implements ServerInterceptor {
    @Override
    public <Request, Response> ServerCall.Listener<Request> interceptCall(
        ServerCall<Request, Response> call, Metadata headers, ServerCallHandler<Request, Response> next) {
      String name = Peer.nameOf(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION));
      if (name != null && clients.contains(name)) {
        return next.startCall(call, headers);
      }
      call.close(Status.PERMISSION_DENIED.withDescription("\"" + name + "\" may not call the job server"), new Metadata());
      return new ServerCall.Listener<Request>() {};
    }
  }
}
