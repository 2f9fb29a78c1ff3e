/** Settings of protobufjs, for the side effect: to be imported before the generated code, which reads them as it loads. */
import protobuf from 'protobufjs/minimal.js';

// protobufjs drops unknown fields by default. Keeping them on the decoded message (`$unknowns`) writes them back when
// the message is encoded again, so a field that a stage does not know survives it.
protobuf.Reader.discardUnknown = false;

// protobufjs depends on `long` and then decodes int64 as Long objects, whatever the types of `--force-number` say: sums
// of them would be strings. Without it int64 are numbers; what is beyond 2^53 comes out as an unsafe integer, which
// the decoder of orders refuses.
(protobuf.util as { Long?: unknown }).Long = undefined;
protobuf.configure();
