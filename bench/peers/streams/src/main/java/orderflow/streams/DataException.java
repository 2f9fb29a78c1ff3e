package orderflow.streams;

/** PostgreSQL refuses a value (classes 22, 23 and 54): one of the batch's orders is at fault, and not the surroundings. */
final class DataException extends RuntimeException {
  DataException(Throwable cause) {
    super(cause);
  }
}
