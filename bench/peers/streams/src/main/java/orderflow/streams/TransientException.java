package orderflow.streams;

/** A fault of the surroundings: the thread ends, and another one reads on from what was committed. */
final class TransientException extends RuntimeException {
  TransientException(String message, Throwable cause) {
    super(message, cause);
  }
}
