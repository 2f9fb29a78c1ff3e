package orderflow.druid;

import com.fasterxml.jackson.databind.Module;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.google.inject.Binder;
import java.util.List;
import org.apache.druid.initialization.DruidModule;

/**
 * Makes {@link ProtobufInputFormat} known to Druid's JSON, and adds nothing else. Druid finds this class through
 * {@code META-INF/services}.
 */
public class ProtobufModule implements DruidModule {
  @Override
  public List<? extends Module> getJacksonModules() {
    return List.of(
        new SimpleModule("orderflow-protobuf")
            .registerSubtypes(new NamedType(ProtobufInputFormat.class, ProtobufInputFormat.TYPE)));
  }

  @Override
  public void configure(Binder binder) {}
}
