using System.Diagnostics;
using System.Text.Json.Nodes;
using ClearingActors.Grpc;
using ClearingActors.Grpc.Health.V1;

namespace ClearingActors.Node.Tests;

/// <summary>The node as tools and other implementations of gRPC see it.</summary>
public sealed class OtherClientTests : IAsyncLifetime
{
    private RunningNode _node = null!;

    public async ValueTask InitializeAsync() => _node = await RunningNode.StartAsync();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    /// <summary>The node's own, in the order of their names.</summary>
    private static readonly string[] Services =
    [
        "clearing.accounts.v1.AccountsService",
        "clearing.actions.v1.ActionService",
        "clearing.audit.v1.AuditRunService",
        "clearing.audit.v1.AuditService",
        "clearing.audit.v1.TimeTravelService",
        "clearing.collateral.v1.CollateralService",
        "clearing.defaults.v1.DefaultService",
        "clearing.house.v1.ClusterService",
        "clearing.house.v1.HouseService",
        "clearing.margin.v1.MarginService",
        "clearing.markets.v1.MarketsService",
        "clearing.members.v1.MembersService",
        "clearing.operations.v1.OperationsService",
        "clearing.stress.v1.StressService",
    ];

    [Fact]
    public async Task health_is_told_without_a_token()
    {
        foreach (var service in Services.Prepend(""))
        {
            var health = await _node.As(null).UnaryAsync(HealthService.CheckMethod, new HealthCheckRequest { Service = service }).Within();
            health.Status.ShouldBe(HealthCheckResponse.Types.ServingStatus.Serving);
        }
    }

    [Fact]
    public async Task node_js_reports_trades_by_the_descriptors_that_reflection_tells()
    {
        var result = await RunAsync();
        result["services"]!.AsArray().Select(s => s!.GetValue<string>()).ShouldBe([.. Services, "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"]);
        result["alpha"]!.AsArray().Count.ShouldBe(result["services"]!.AsArray().Count);
        var answers = result["answers"]!.AsArray().Select(a => (Id: a!["trade_id"]!.GetValue<string>(), Status: a["status"]!.GetValue<string>(), Reason: a["reason"]!.GetValue<string>(), Cycle: a["cycle"]!.GetValue<string>())).ToList();
        answers.Count.ShouldBe(1001);
        answers.Where(a => a.Id != "none").ShouldAllBe(a => a.Status == "STATUS_NOVATED" && a.Cycle == "1");
        answers.Single(a => a.Id == "none").ShouldBe(("none", "STATUS_REJECTED", "REJECT_REASON_UNKNOWN_INSTRUMENT", "0"));
        result["code"]!.GetValue<int>().ShouldBe(0);
        result["notice"]!["reason"]!.GetValue<string>().ShouldBe("REASON_UNKNOWN_INSTRUMENT");
        result["denied"]!.GetValue<int>().ShouldBe((int)StatusCode.Unauthenticated);
    }

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static string SourceFolder()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "ClearingActors.Node.Tests.csproj")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("The test project's folder was not found above the test's output");
    }

    private static async Task<string> OutputAsync(string program, string folder, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            var errors = process.StandardError.ReadToEndAsync();
            var output = await process.StandardOutput.ReadToEndAsync().Within();
            await process.WaitForExitAsync().Within();
            process.ExitCode.ShouldBe(0, $"{await errors}{output}");
            return output;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private async Task<JsonNode> RunAsync()
    {
        if (Find("node") is not { } node || Find("npm") is not { } npm)
        {
            const string Missing = "Install node 20 or later, with npm, and put both on the PATH";
            (Environment.GetEnvironmentVariable("CLEARING_TESTS_REQUIRE") ?? "").Split(',', StringSplitOptions.TrimEntries).ShouldNotContain("node", Missing);
            Assert.Skip(Missing);
            throw new InvalidOperationException(Missing);
        }

        var folder = Path.Combine(SourceFolder(), "js");

        // What npm writes last; newer than the lock file means that the lock file is what is installed.
        var installed = new FileInfo(Path.Combine(folder, "node_modules", ".package-lock.json"));
        if (!installed.Exists || installed.LastWriteTimeUtc < File.GetLastWriteTimeUtc(Path.Combine(folder, "package-lock.json")))
        {
            await OutputAsync(npm, folder, "ci");
        }

        return JsonNode.Parse(await OutputAsync(node, folder, "submit.js", _node.Node.GrpcAddress.Authority, House.Venue, House.Noon.ToString(), House.Alpha))!;
    }
}
