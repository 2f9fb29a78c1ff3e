package orderflow.streams;

/** What a line of an order's history says; `facts` is null where it has none. */
record Line(String status, String detail, String facts) {}
