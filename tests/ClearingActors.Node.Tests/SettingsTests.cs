using System.Text.Json;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Settings;

namespace ClearingActors.Node.Tests;

/// <summary>The settings' file: what is wrong is told with file, path and what is allowed.</summary>
public sealed class SettingsTests : IDisposable
{
    private readonly string _folder = RunningNode.NewFolder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void the_settings_that_come_with_the_house_are_the_defaults_with_examples_of_principals()
    {
        var shipped = NodeSettingsFile.Read(Path.Combine(AppContext.BaseDirectory, "config", "node.json"));
        var defaults = new NodeSettings();
        (shipped with { Principals = defaults.Principals, Currencies = defaults.Currencies, Web = shipped.Web with { Users = defaults.Web.Users } }).ShouldBe(defaults);
        shipped.Principals.Select(p => p.Roles).ShouldContain(Roles.Operator);
        shipped.Currencies["JPY"].ShouldBe(0);
        shipped.Currencies.ShouldBeSubsetOf(NodeSettings.DefaultCurrencies);
    }

    [Fact]
    public void the_schema_names_every_setting_and_no_other()
    {
        using var schema = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "config", "node.schema.json")));
        CheckAgainstSchema(schema.RootElement, []);
    }

    [Theory]
    [InlineData("{ \"lisen\": {} }", "$.lisen is not a setting; allowed here: $schema, name, dataDirectory, listen,")]
    [InlineData("{ \"listen\": { \"port\": \"50051\" } }", "$.listen.port is \"50051\": a whole number from 0 to 65535 is allowed")]
    [InlineData("{ \"listen\": { \"port\": 1.5 } }", "$.listen.port is 1.5")]
    [InlineData("{ \"listen\": [] }", "$.listen is []: an object is allowed")]
    [InlineData("{ \"listen\": { \"address\": \"localhost\" } }", "$.listen.address is \"localhost\": an IP address is allowed")]
    [InlineData("{ \"name\": \"a b\" }", "$.name is \"a b\": 1 to 64 characters")]
    [InlineData("{ \"workers\": 257 }", "$.workers is 257: a whole number from 0 to 256 is allowed")]
    [InlineData("{ \"workers\": 1, \"workers\": 2 }", "$.workers is set twice")]
    [InlineData("{ \"journal\": { \"shards\": 0 } }", "$.journal.shards is 0: a whole number from 1 to 4096 is allowed")]
    [InlineData("{ \"journal\": { \"store\": \"oracle\" } }", "$.journal.store is \"oracle\": one of \"sqlite\", \"postgres\" is allowed")]
    [InlineData("{ \"journal\": { \"store\": \"postgres\" } }", "$.journal.connection is missing")]
    [InlineData("{ \"journal\": { \"connection\": \"Host=db\" } }", "$.journal.connection is set, but the store is \"sqlite\"")]
    [InlineData("{ \"journal\": { \"expectedId\": \"x\" } }", "$.journal.expectedId is \"x\"")]
    [InlineData("{ \"limits\": { \"tradesPerMessage\": 10001 } }", "$.limits.tradesPerMessage is 10001: a whole number from 1 to 10000 is allowed")]
    [InlineData("{ \"auctionKeyFile\": 1 }", "$.auctionKeyFile is 1: a file, or \"\" for the usual one, is allowed")]
    [InlineData("{ \"businessClock\": true }", "$.businessClock is true: one of \"wall\", \"manual\" is allowed")]
    [InlineData("{ \"currencies\": { \"usd\": 2 } }", "$.currencies.usd is 2")]
    [InlineData("{ \"currencies\": { \"USD\": 9 } }", "$.currencies.USD is 9")]
    [InlineData("{ \"logging\": { \"console\": 1 } }", "$.logging.console is 1: true or false is allowed")]
    [InlineData("{ \"principals\": {} }", "$.principals is {}: a list is allowed")]
    [InlineData("{ \"principals\": [ { \"name\": \"x\", \"roles\": [\"operator\"] } ] }", "$.principals[0].token is missing: 16 to 256")]
    [InlineData("{ \"principals\": [ { \"token\": \"short\", \"name\": \"x\", \"roles\": [\"operator\"] } ] }", "$.principals[0].token is \"short\"")]
    [InlineData("{ \"principals\": [ { \"token\": \"0123456789abcdef\", \"name\": \"x\" } ] }", "$.principals[0].roles is missing")]
    [InlineData("{ \"principals\": [ { \"token\": \"0123456789abcdef\", \"name\": \"x\", \"roles\": [\"king\"] } ] }", "$.principals[0].roles[0] is \"king\"")]
    [InlineData("{ \"principals\": [ { \"token\": \"0123456789abcdef\", \"name\": \"x\", \"roles\": [\"venue\"], \"sources\": [\"a/b\"] } ] }", "$.principals[0].sources[0] is \"a/b\"")]
    [InlineData(
        "{ \"principals\": [ { \"token\": \"0123456789abcdef\", \"name\": \"x\", \"roles\": [\"venue\"] }, { \"token\": \"0123456789abcdef\", \"name\": \"y\", \"roles\": [\"venue\"] } ] }",
        "$.principals[1].token is also another principal's")]
    [InlineData("{ \"name\": ", "this is no JSON")]
    [InlineData("[]", "$ is []: an object is allowed")]
    public void a_wrong_setting_is_told_with_file_path_value_and_what_is_allowed(string content, string expected)
    {
        var path = Path.Combine(_folder, "node.json");
        File.WriteAllText(path, content);
        var message = Should.Throw<NodeSettingsException>(() => NodeSettingsFile.Read(path)).Message;
        message.ShouldStartWith($"{path}: {expected}");
        message.ShouldContain(Path.Combine(_folder, "node.schema.json"));
    }

    [Fact]
    public void a_file_that_is_not_there_is_told() =>
        Should.Throw<NodeSettingsException>(() => NodeSettingsFile.Read(Path.Combine(_folder, "none.json"))).Message.ShouldContain("none.json");

    /// <summary>Each property of the schema is known to the reader: set to an object in a list, which no setting is, its own path is refused and not as unknown.</summary>
    private void CheckAgainstSchema(JsonElement schema, List<string> path)
    {
        var properties = schema.GetProperty("properties").EnumerateObject().ToList();
        var file = Path.Combine(_folder, "probe.json");
        File.WriteAllText(file, Nested(path, "{ \"no-such\": 1 }"));
        var listed = Should.Throw<NodeSettingsException>(() => NodeSettingsFile.Read(file)).Message;
        var allowed = listed[(listed.IndexOf("allowed here: ", StringComparison.Ordinal) + "allowed here: ".Length)..listed.IndexOf(". The schema", StringComparison.Ordinal)].Split(", ");
        properties.Select(p => p.Name).ShouldBe(allowed, ignoreOrder: true, string.Join('.', path));
        foreach (var property in properties)
        {
            if (property.Value.TryGetProperty("properties", out _))
            {
                CheckAgainstSchema(property.Value, [.. path, property.Name]);
            }
            else if (property.Value.TryGetProperty("items", out var items) && items.TryGetProperty("properties", out _))
            {
                CheckAgainstSchema(items, [.. path, property.Name + "[]"]);
            }
        }
    }

    private static string Nested(List<string> path, string inner) =>
        path.AsEnumerable().Reverse().Aggregate(inner, (json, name) => name.EndsWith("[]", StringComparison.Ordinal) ? $"{{ \"{name[..^2]}\": [ {json} ] }}" : $"{{ \"{name}\": {json} }}");
}
