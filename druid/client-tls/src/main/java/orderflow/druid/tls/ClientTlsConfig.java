package orderflow.druid.tls;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.apache.druid.metadata.PasswordProvider;

/** The properties {@code druid.client.https.*}, by the names that Druid's documentation has for them: PKCS#12 files and their passwords. */
public final class ClientTlsConfig {
  @JsonProperty String keyStorePath;
  @JsonProperty PasswordProvider keyStorePassword;
  @JsonProperty String trustStorePath;
  @JsonProperty PasswordProvider trustStorePassword;
}
