package orderflow;

import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/** Who is at the other end of a connection with TLS. */
final class Peer {
  private Peer() {}

  /** The common name of its certificate, which TLS has verified; null where there is none. */
  static String nameOf(SSLSession session) {
    if (session == null) {
      return null;
    }
    try {
      for (Rdn part : new LdapName(session.getPeerPrincipal().getName()).getRdns()) {
        if (part.getType().equalsIgnoreCase("CN")) {
          return part.getValue().toString();
        }
      }
      return null;
    } catch (SSLPeerUnverifiedException | InvalidNameException noName) {
      return null;
    }
  }
}
