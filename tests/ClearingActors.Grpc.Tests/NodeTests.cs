using System.Text.Json;
using System.Text.Json.Nodes;
using ClearingActors.Grpc.Health.V1;

namespace ClearingActors.Grpc.Tests;

/// <summary>The server called by <c>@grpc/grpc-js</c>, the implementation browsers' servers and most of npm use.</summary>
public sealed class NodeTests : IAsyncLifetime
{
    private static readonly string Folder = Path.Combine(TestFolder.Path, "js");
    private static readonly Lazy<Task> Installed = new(InstallAsync);

    private ProbeServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await ProbeServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _server.Unhandled.ShouldBeEmpty();
    }

    [Fact]
    public async Task node_makes_a_unary_call()
    {
        JsonNode result = await RunAsync("unary");
        result["code"]!.GetValue<int>().ShouldBe(0);
        Text(result["response"]!["text"]).ShouldBe("grüße");
        result["response"]!["number"]!.GetValue<int>().ShouldBe(42);
        Text(result["response"]!["tag"]!["name"]).ShouldBe("t");
    }

    [Fact]
    public async Task node_sends_a_request_in_gzip()
    {
        JsonNode result = await RunAsync("gzip");
        Text(result["response"]!["text"])!.Length.ShouldBe(100_000);
    }

    [Fact]
    public async Task node_sends_3_MiB_but_not_more_than_the_limit()
    {
        JsonNode result = await RunAsync("large");
        result["same"]!.GetValue<bool>().ShouldBeTrue();
        result["tooLarge"]!.GetValue<int>().ShouldBe((int)StatusCode.ResourceExhausted);
    }

    [Fact]
    public async Task node_reads_a_server_stream() => Stream(await RunAsync("serverStream"), 1_000, 100_000);

    [Fact]
    public async Task node_writes_a_client_stream()
    {
        JsonNode result = await RunAsync("clientStream");
        result["count"]!.GetValue<int>().ShouldBe(1_000);
        result["sum"]!.GetValue<int>().ShouldBe(500_500);
    }

    [Fact]
    public async Task node_holds_a_duplex_conversation() => Stream(await RunAsync("duplex"), 100, 0);

    [Fact]
    public async Task node_sends_and_reads_a_stream_of_more_than_40_MB() => Stream(await RunAsync("bigStream"), 720, 720 * 64 * 1024);

    [Fact]
    public async Task nodes_deadline_ends_calls_with_DEADLINE_EXCEEDED()
    {
        JsonNode result = await RunAsync("deadline");
        result["unary"]!.GetValue<int>().ShouldBe((int)StatusCode.DeadlineExceeded);
        result["duplex"]!.GetValue<int>().ShouldBe((int)StatusCode.DeadlineExceeded);
    }

    [Fact]
    public async Task node_cancels_a_stream_and_the_handler_ends()
    {
        JsonNode result = await RunAsync("cancel");
        result["code"]!.GetValue<int>().ShouldBe((int)StatusCode.Cancelled);
        (await _server.CountEnded.Task.Within()).ShouldBeAssignableTo<OperationCanceledException>();
    }

    [Fact]
    public async Task node_finds_an_unknown_method_and_an_unknown_service_UNIMPLEMENTED()
    {
        JsonNode result = await RunAsync("unimplemented");
        result["method"]!.GetValue<int>().ShouldBe((int)StatusCode.Unimplemented);
        result["service"]!.GetValue<int>().ShouldBe((int)StatusCode.Unimplemented);
    }

    [Fact]
    public async Task node_reads_a_status_text_of_any_characters_and_its_trailers()
    {
        JsonNode result = await RunAsync("failure");
        result["code"]!.GetValue<int>().ShouldBe((int)StatusCode.FailedPrecondition);
        Text(result["details"]).ShouldBe("100 % größer\r\n€ 日本 😀 %41");
        Text(result["errorMetadata"]!["reason"]![0]).ShouldBe("as told");
        Text(result["errorMetadata"]!["proof-bin"]![0]).ShouldBe("0001feff");
    }

    [Fact]
    public async Task node_exchanges_metadata_of_text_and_of_bytes()
    {
        JsonNode result = await RunAsync("metadata");
        foreach (string part in new[] { "headers", "trailers" })
        {
            Text(result[part]!["echo-text"]![0]).ShouldBe("some text");
            Text(result[part]!["echo-bytes-bin"]![0]).ShouldBe("000102fdfeff");
        }
    }

    [Fact]
    public async Task node_checks_and_watches_health()
    {
        _server.Health.Set("one.Service", HealthCheckResponse.Types.ServingStatus.NotServing);
        JsonNode result = await RunAsync("health");
        Text(result["whole"]).ShouldBe("SERVING");
        Text(result["one"]).ShouldBe("NOT_SERVING");
        result["none"]!.GetValue<int>().ShouldBe((int)StatusCode.NotFound);
        Text(result["watched"]![0]).ShouldBe("NOT_SERVING");
    }

    [Fact]
    public async Task node_learns_services_and_messages_by_reflection_of_both_versions()
    {
        JsonNode result = await RunAsync("reflection");
        foreach (string version in new[] { "v1", "v1alpha" })
        {
            JsonNode told = result[version]!;
            told["services"]!.AsArray().Select(s => Text(s)).ShouldBe(
                ["clearing.probe.v1.Probe", "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"]);
            told["methods"]!.AsArray().Select(s => Text(s)).ShouldBe(["Chat", "Count", "Echo", "Fail", "Sum", "Unserved", "Wait"]);
            told["files"]!.GetValue<int>().ShouldBe(3);
            told["sameFiles"]!.GetValue<int>().ShouldBe(3);
            told["notFound"]!.GetValue<int>().ShouldBe((int)StatusCode.NotFound);
        }
    }

    private static void Stream(JsonNode result, int count, long bytes)
    {
        result["code"]!.GetValue<int>().ShouldBe(0);
        result["count"]!.GetValue<int>().ShouldBe(count);
        result["bytes"]!.GetValue<long>().ShouldBe(bytes);
        result["ordered"]!.GetValue<bool>().ShouldBeTrue();
    }

    private static string? Text(JsonNode? node) => node?.GetValue<string>();

    private static string? Program(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static async Task InstallAsync()
    {
        // What npm writes last; newer than the lock file means that the lock file is what is installed.
        var installed = new FileInfo(Path.Combine(Folder, "node_modules", ".package-lock.json"));
        if (!installed.Exists || installed.LastWriteTimeUtc < File.GetLastWriteTimeUtc(Path.Combine(Folder, "package-lock.json")))
        {
            await ProcessRun.OutputAsync(Program("npm")!, Folder, "ci");
        }
    }

    private async Task<JsonNode> RunAsync(string name)
    {
        string? node = Program("node");
        if (node is null || Program("npm") is null)
        {
            const string Missing = "Install node 20 or later, with npm, and put both on the PATH";
            bool required = (Environment.GetEnvironmentVariable("CLEARING_TESTS_REQUIRE") ?? "").Split(',', StringSplitOptions.TrimEntries).Contains("node");
            required.ShouldBeFalse(Missing);
            Assert.Skip(Missing);
        }

        await Installed.Value;
        string output = await ProcessRun.OutputAsync(node, Folder, "probe.js", name, _server.HostAndPort);
        return JsonNode.Parse(output) ?? throw new JsonException($"probe.js printed '{output}'");
    }
}
