package suite;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.reservedstate.ReservedClusterStateHandler;
import org.elasticsearch.reservedstate.ReservedClusterStateHandlerProvider;
import org.elasticsearch.reservedstate.TransformState;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.XContentParserConfiguration;
import org.elasticsearch.xpack.core.ilm.IndexLifecycleMetadata;
import org.elasticsearch.xpack.core.ilm.LifecyclePolicy;
import org.elasticsearch.xpack.core.ilm.LifecyclePolicyMetadata;
import org.elasticsearch.xpack.core.ilm.OperationMode;
import org.elasticsearch.xpack.core.ilm.action.PutLifecycleRequest;

/** The section `ilm` of file settings: read and judged by the published parser and validator, kept, and never carried out. */
public final class Lifecycle implements ReservedClusterStateHandlerProvider {
    @Override
    public Collection<ReservedClusterStateHandler<?>> handlers() {
        return List.of(new Policies());
    }

    static final class Policies implements ReservedClusterStateHandler<List<LifecyclePolicy>> {
        @Override
        public String name() {
            return "ilm";
        }

        @Override
        public List<LifecyclePolicy> fromXContent(XContentParser parser) throws IOException {
            List<LifecyclePolicy> policies = new ArrayList<>();
            for (Map.Entry<String, Object> entry : parser.map().entrySet()) {
                XContentParserConfiguration configuration = XContentParserConfiguration.EMPTY.withRegistry(Missing.REGISTRY);
                try (XContentParser policy = XContentHelper.mapToXContentParser(configuration, Map.of("policy", entry.getValue()))) {
                    policies.add(PutLifecycleRequest.parseRequest(new Named(entry.getKey()), policy).getPolicy());
                }
            }
            return policies;
        }

        @Override
        @SuppressWarnings("unchecked")
        public TransformState transform(Object source, TransformState before) {
            Map<String, LifecyclePolicyMetadata> policies = new TreeMap<>();
            for (LifecyclePolicy policy : (List<LifecyclePolicy>) source) {
                policy.validate();
                policies.put(policy.getName(), new LifecyclePolicyMetadata(policy, Map.of(), 1, 0));
            }
            IndexLifecycleMetadata lifecycle = new IndexLifecycleMetadata(policies, OperationMode.RUNNING);
            Metadata metadata = Metadata.builder(before.state().metadata()).putCustom(IndexLifecycleMetadata.TYPE, lifecycle).build();
            ClusterState state = ClusterState.builder(before.state()).metadata(metadata).build();
            return new TransformState(state, policies.keySet().stream().collect(Collectors.toSet()));
        }

        @Override
        public ClusterState remove(TransformState before) {
            return before.state();
        }
    }

    record Named(String getPolicyName) implements PutLifecycleRequest.Factory {
        @Override
        public PutLifecycleRequest create(LifecyclePolicy policy) {
            return new PutLifecycleRequest(TimeValue.timeValueSeconds(30), TimeValue.timeValueSeconds(30), policy);
        }
    }
}
