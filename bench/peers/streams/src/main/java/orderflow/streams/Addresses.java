package orderflow.streams;

import java.math.BigInteger;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** IP addresses as PostgreSQL takes them, and the IPv4 addresses that IPv6 addresses carry. No name is ever looked up. */
final class Addresses {
  private static final String OCTET = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
  private static final Pattern IPV4 = Pattern.compile(OCTET + "(\\." + OCTET + "){3}");
  private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
  private static final BigInteger LOW = BigInteger.valueOf(0xffffffffL);

  private record Embedding(Predicate<BigInteger> is, UnaryOperator<BigInteger> ipv4) {}

  private static BigInteger hex(String text) {
    return new BigInteger(text, 16);
  }

  private static Embedding under(int shift, String prefix) {
    return new Embedding(bits -> bits.shiftRight(shift).equals(hex(prefix)), bits -> bits);
  }

  /** Compatible, translated, NAT64 (two), 6to4, Teredo, ISATAP: the table of metastore/embedded-address.ts. */
  private static final List<Embedding> EMBEDDINGS = List.of(
      new Embedding(bits -> bits.shiftRight(32).signum() == 0 && bits.compareTo(BigInteger.ONE) > 0, bits -> bits),
      under(32, "ffff0000"),
      under(32, "64ff9b0000000000000000"),
      under(80, "64ff9b0001"),
      new Embedding(bits -> bits.shiftRight(112).equals(hex("2002")), bits -> bits.shiftRight(80)),
      new Embedding(bits -> bits.shiftRight(96).equals(hex("20010000")), bits -> bits.xor(LOW)),
      new Embedding(bits -> bits.shiftRight(32).and(LOW).andNot(hex("2000000")).equals(hex("5efe")), bits -> bits));

  /** Null where the text is no address. An IPv4 address in its IPv6 form is the IPv4 address. */
  static InetAddress parse(String text) {
    if (!IPV4.matcher(text).matches() && !IPV6.matcher(text).matches()) return null;
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException noAddress) {
      return null;
    }
  }

  static String stored(String text) {
    InetAddress address = parse(text);
    return address == null ? null : address.getHostAddress();
  }

  /** The IPv4 address that an address carries; null where it carries none. */
  static String embedded(String text) {
    InetAddress address = parse(text);
    if (address == null || address instanceof Inet4Address) return null;
    BigInteger bits = new BigInteger(1, address.getAddress());
    for (Embedding embedding : EMBEDDINGS) if (embedding.is.test(bits)) return dotted(embedding.ipv4.apply(bits).and(LOW).intValue());
    return null;
  }

  private static String dotted(int bits) {
    return (bits >>> 24) + "." + (bits >>> 16 & 255) + "." + (bits >>> 8 & 255) + "." + (bits & 255);
  }

  private Addresses() {}
}
