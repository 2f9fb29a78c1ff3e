package orderflow.druid.tls;

import com.google.inject.Binder;
import com.google.inject.Inject;
import com.google.inject.Provider;
import java.lang.annotation.Annotation;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.apache.druid.guice.JsonConfigProvider;
import org.apache.druid.guice.LazySingleton;
import org.apache.druid.guice.annotations.Client;
import org.apache.druid.guice.annotations.EscalatedClient;
import org.apache.druid.guice.annotations.EscalatedGlobal;
import org.apache.druid.guice.annotations.Global;
import org.apache.druid.initialization.DruidModule;
import org.apache.druid.server.router.Router;
import org.apache.druid.server.security.TLSCertificateChecker;
import org.apache.druid.server.security.TLSUtils;

/** Gives Druid's HTTP clients an {@link SSLContext}, without which they speak plain text alone. Druid finds this class through {@code META-INF/services}. */
public final class ClientTlsModule implements DruidModule {
  /** Each kind of client asks for a context of its own. Source: AbstractHttpClientProvider, and the modules that make one. */
  private static final List<Class<? extends Annotation>> CLIENTS =
      List.of(Client.class, EscalatedClient.class, Global.class, EscalatedGlobal.class, Router.class);

  @Override
  public void configure(Binder binder) {
    JsonConfigProvider.bind(binder, "druid.client.https", ClientTlsConfig.class);
    for (Class<? extends Annotation> client : CLIENTS) {
      binder.bind(SSLContext.class).annotatedWith(client).toProvider(ContextProvider.class).in(LazySingleton.class);
    }
  }

  /** Names of hosts are checked, and certificates by Druid's own checker. */
  static final class ContextProvider implements Provider<SSLContext> {
    private final ClientTlsConfig config;
    private final TLSCertificateChecker checker;

    @Inject
    ContextProvider(ClientTlsConfig config, TLSCertificateChecker checker) {
      this.config = config;
      this.checker = checker;
    }

    @Override
    public SSLContext get() {
      return new TLSUtils.ClientSSLContextBuilder()
          // The Netty 3 of Druid's client warns of every connection by TLS 1.3.
          .setProtocol("TLSv1.2")
          .setKeyStoreType("PKCS12")
          .setKeyStorePath(config.keyStorePath)
          .setKeyStoreAlgorithm(KeyManagerFactory.getDefaultAlgorithm())
          .setKeyStorePasswordProvider(config.keyStorePassword)
          .setKeyManagerFactoryPasswordProvider(config.keyStorePassword)
          .setTrustStoreType("PKCS12")
          .setTrustStorePath(config.trustStorePath)
          .setTrustStorePasswordProvider(config.trustStorePassword)
          .setValidateHostnames(true)
          .setCertificateChecker(checker)
          .build();
    }
  }
}
