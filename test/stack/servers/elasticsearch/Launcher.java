import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.elasticsearch.bootstrap.BootstrapInfo;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginBundle;
import org.elasticsearch.plugins.PluginsLoader;

/**
 * Starts one Elasticsearch node from the jars on Maven Central, which come without the distribution's own launcher.
 *
 * Arguments: the folder with elasticsearch.yml, the node's home, then plugin jars. A plugin's jar must not be on the class
 * path: the node loads it from a folder of its own.
 */
public class Launcher {
    /** A published jar keeps its descriptor inside; the node wants it beside the jar, and no module name on a class path. */
    private static void unpackPlugin(Path jar, Path modules) throws Exception {
        try (FileSystem inside = FileSystems.newFileSystem(jar);
                var plugins = Files.list(inside.getPath("META-INF", "es-plugins"))) {
            Path plugin = plugins.findFirst().orElseThrow();
            Path folder = Files.createDirectories(modules.resolve(plugin.getFileName().toString()));
            Files.copy(jar, folder.resolve("plugin.jar"), StandardCopyOption.REPLACE_EXISTING);
            List<String> lines = Files.readAllLines(plugin.resolve("plugin-descriptor.properties")).stream()
                    .filter(line -> line.contains("=") && !line.startsWith("modulename="))
                    .toList();
            Files.write(folder.resolve("plugin-descriptor.properties"), lines);
        }
    }

    private static PluginsLoader loader(Environment environment) throws Exception {
        var modules = PluginsLoader.loadModulesBundles(environment.modulesDir(), false);
        return PluginsLoader.createPluginsLoader(modules, java.util.Set.<PluginBundle>of(), Map.of(), false);
    }

    public static void main(String[] arguments) throws Exception {
        Path configuration = Path.of(arguments[0]);
        Path home = Path.of(arguments[1]);
        for (String name : List.of("modules", "plugins", "lib/platform/linux-x64", "logs")) {
            Files.createDirectories(home.resolve(name));
        }
        for (int at = 2; at < arguments.length; at++) {
            unpackPlugin(Path.of(arguments[at]), home.resolve("modules"));
        }
        Settings settings = Settings.builder()
                .loadFromPath(configuration.resolve("elasticsearch.yml"))
                .put("path.home", home.toString())
                .put("http.type", "netty4")
                .put("transport.type", "netty4")
                .build();
        LogConfigurator.registerErrorListener();
        LogConfigurator.setNodeName("node-1");
        LogConfigurator.configureESLogging();
        LogConfigurator.configureWithoutConfig(settings);
        BootstrapInfo.init();
        Environment environment = new Environment(settings, configuration);
        Node node = new Node(environment, loader(environment));
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                node.prepareForClose();
                node.close();
                node.awaitClose(10, TimeUnit.SECONDS);
            } catch (Exception error) {
                error.printStackTrace();
            } finally {
                ended.countDown();
            }
        }));
        node.start();
        ended.await();
    }
}
