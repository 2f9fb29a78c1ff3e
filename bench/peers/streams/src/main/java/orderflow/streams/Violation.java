package orderflow.streams;

/** Why an order is rejected: a RejectReason, and a sentence for a person without personal data. */
record Violation(String reason, String detail) {}
