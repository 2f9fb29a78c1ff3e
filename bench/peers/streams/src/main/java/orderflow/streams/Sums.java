package orderflow.streams;

import java.util.Map;
import java.util.TreeMap;
import orderflow.v1.Orders.AggregatedOrder;
import orderflow.v1.Orders.Amount;

/** Sums over orders: their number, the quantities of their lines, and minor units by currency. */
final class Sums {
  /** The window of a to-location; `start` in ms since the epoch. */
  record Window(String toLocationId, long start) {}

  private long orders;
  private long items;
  private final Map<String, Long> amounts = new TreeMap<>();

  static Sums of(AggregatedOrder message) {
    Sums sums = new Sums();
    sums.add(message);
    return sums;
  }

  void add(long someOrders, long someItems, String currency, long amount) {
    orders += someOrders;
    items += someItems;
    amounts.merge(currency, amount, Long::sum);
  }

  void add(AggregatedOrder message) {
    orders += message.getOrders();
    items += message.getItems();
    for (Amount amount : message.getAmountsList()) amounts.merge(amount.getCurrency(), amount.getMinorUnits(), Long::sum);
  }

  /** The bytes of the same sums are the same: amounts are sorted by currency. */
  AggregatedOrder message(Window window, long windowMs, long paneIndex) {
    AggregatedOrder.Builder message = AggregatedOrder.newBuilder()
        .setToLocationId(window.toLocationId())
        .setWindowStart(Encoding.time(window.start()))
        .setWindowEnd(Encoding.time(window.start() + windowMs))
        .setPaneIndex(paneIndex)
        .setOrders(orders)
        .setItems(items);
    amounts.forEach((currency, amount) -> message.addAmounts(Amount.newBuilder().setCurrency(currency).setMinorUnits(amount)));
    return message.build();
  }
}
