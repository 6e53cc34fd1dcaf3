package suite;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.elasticsearch.cluster.ClusterName;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.KeyStoreWrapper;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;
import org.elasticsearch.plugins.PluginsUtils;

/** Starts a node of Elasticsearch: `Start HOME CONFIGURATION`. Its own launcher is not published. */
public final class Start {
    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[0]).toAbsolutePath();
        Path configuration = Path.of(arguments[1]).toAbsolutePath();
        System.setProperty("es.path.home", home.toString());
        LogConfigurator.registerErrorListener();
        Settings base = Settings.builder().put("path.home", home.toString()).setSecureSettings(KeyStoreWrapper.create()).build();
        Environment environment = InternalSettingsPreparer.prepareEnvironment(base, Map.of(), configuration, () -> "unnamed");
        LogConfigurator.setClusterName(ClusterName.CLUSTER_NAME_SETTING.get(environment.settings()).value());
        LogConfigurator.setNodeName(Node.NODE_NAME_SETTING.get(environment.settings()));
        LogConfigurator.configure(environment, true);
        PluginsLoader plugins = PluginsLoader.createPluginsLoader(
            PluginsUtils.getModuleBundles(environment.modulesDir()),
            PluginsUtils.getPluginBundles(environment.pluginsDir()),
            Map.of(),
            false
        );
        new Node(environment, plugins).start();
        new CountDownLatch(1).await();
    }
}
