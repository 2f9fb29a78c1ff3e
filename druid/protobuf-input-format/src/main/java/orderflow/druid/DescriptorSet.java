package orderflow.druid;

import com.google.protobuf.AnyProto;
import com.google.protobuf.ApiProto;
import com.google.protobuf.DescriptorProtos;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DurationProto;
import com.google.protobuf.EmptyProto;
import com.google.protobuf.FieldMaskProto;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.SourceContextProto;
import com.google.protobuf.StructProto;
import com.google.protobuf.TimestampProto;
import com.google.protobuf.TypeProto;
import com.google.protobuf.WrappersProto;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.druid.error.InvalidInput;

/**
 * From a {@code FileDescriptorSet} in base64 and a message's full name to the message's descriptor. The files may come
 * in any order. Google's well-known types are protobuf-java's own, whether the set has them or not. A set that is not
 * base64, is no descriptor set, lacks an import or the message, or is inconsistent is an invalid input exception of one
 * sentence. No state: safe for use by several threads.
 */
final class DescriptorSet {
  private static final List<FileDescriptor> WELL_KNOWN =
      List.of(
          AnyProto.getDescriptor(),
          ApiProto.getDescriptor(),
          DescriptorProtos.getDescriptor(),
          DurationProto.getDescriptor(),
          EmptyProto.getDescriptor(),
          FieldMaskProto.getDescriptor(),
          SourceContextProto.getDescriptor(),
          StructProto.getDescriptor(),
          TimestampProto.getDescriptor(),
          TypeProto.getDescriptor(),
          WrappersProto.getDescriptor());

  private DescriptorSet() {}

  static Descriptor find(String base64, String message) {
    for (FileDescriptor file : build(parse(base64)).values()) {
      Descriptor found = find(file.getMessageTypes(), message);
      if (found != null) {
        return found;
      }
    }
    throw InvalidInput.exception("descriptorSet has no message [%s]", message);
  }

  private static Descriptor find(List<Descriptor> types, String message) {
    for (Descriptor type : types) {
      if (message.equals(type.getFullName())) {
        return type;
      }
      if (message.startsWith(type.getFullName() + ".")) {
        return find(type.getNestedTypes(), message);
      }
    }
    return null;
  }

  private static FileDescriptorSet parse(String base64) {
    try {
      return FileDescriptorSet.parseFrom(Base64.getDecoder().decode(base64));
    } catch (IllegalArgumentException e) {
      throw InvalidInput.exception(e, "descriptorSet is not base64: %s", e.getMessage());
    } catch (InvalidProtocolBufferException e) {
      throw InvalidInput.exception(e, "descriptorSet is not a FileDescriptorSet: %s", e.getMessage());
    }
  }

  /** Builds a file as soon as all its imports are built, until no more can be. */
  private static Map<String, FileDescriptor> build(FileDescriptorSet set) {
    Map<String, FileDescriptor> built = new HashMap<>();
    WELL_KNOWN.forEach(file -> built.put(file.getName(), file));
    List<FileDescriptorProto> waiting = new ArrayList<>(set.getFileList());
    waiting.removeIf(file -> built.containsKey(file.getName()));
    int before;
    do {
      before = waiting.size();
      for (Iterator<FileDescriptorProto> files = waiting.iterator(); files.hasNext(); ) {
        FileDescriptorProto file = files.next();
        if (built.keySet().containsAll(file.getDependencyList())) {
          built.put(file.getName(), build(file, built));
          files.remove();
        }
      }
    } while (waiting.size() < before);
    if (!waiting.isEmpty()) {
      TreeSet<String> imports = new TreeSet<>();
      waiting.forEach(file -> imports.addAll(file.getDependencyList()));
      imports.removeAll(built.keySet());
      throw InvalidInput.exception("descriptorSet lacks imports, or they form a cycle: %s", imports);
    }
    return built;
  }

  private static FileDescriptor build(FileDescriptorProto file, Map<String, FileDescriptor> built) {
    try {
      return FileDescriptor.buildFrom(
          file, file.getDependencyList().stream().map(built::get).toArray(FileDescriptor[]::new));
    } catch (DescriptorValidationException | RuntimeException e) {
      // protobuf-java answers some nonsense with a NullPointerException.
      throw InvalidInput.exception(e, "descriptorSet is inconsistent: %s", e.getMessage());
    }
  }
}
