using ClearingActors.Engine;
using ClearingActors.Node;
using ClearingActors.Node.Dashboard;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Settings;
using Microsoft.Extensions.Logging;

namespace ClearingActors.Cli.Bench;

/// <summary>A node for measurement in this process; its clients are other processes.</summary>
internal sealed class BenchNode : IAsyncDisposable
{
    internal const string Token = "bench-client-token-1";

    /// <summary>Who watches the operators' page.</summary>
    internal const string PageUser = "watcher:bench";
    private readonly ClearingNode _node;

    private BenchNode(ClearingNode node) => _node = node;

    internal Uri Address => _node.GrpcAddress;

    /// <summary>Where the operators' page is; null without a password.</summary>
    internal Uri? PageAddress => _node.WebAddress;

    internal ClearingEngine Engine => _node.Engine;

    /// <summary>Of an auditor, from 0. Each is a principal of its own, since one may have only so many streams.</summary>
    internal static string AuditorToken(int number) => $"bench-auditor-token-{number}";

    internal static async Task<BenchNode> StartAsync(JournalSettings journal, string folder, int workers, int auditors = 0, string? pagePassword = null)
    {
        var settings = new NodeSettings
        {
            Name = "bench",
            DataDirectory = folder,
            Listen = new ListenSettings { Port = 0 },
            Journal = journal,
            Workers = workers,
            BusinessClock = BusinessClockMode.Manual,
            Logging = new LoggingSettings { Console = true, File = "", Level = LogLevel.Warning },
            Web = new WebSettings { Port = 0, Users = pagePassword is null ? [] : [new() { Name = PageUser, PasswordHash = Passwords.Hash(pagePassword), Roles = Roles.Viewer }] },
            Principals =
            [
                new PrincipalSettings { Name = BenchHouse.Principal, Token = Token, Roles = Roles.Venue, Sources = [BenchHouse.Source.Value] },
                .. Enumerable.Range(0, auditors).Select(i => new PrincipalSettings { Name = $"auditor:bench-{i}", Token = AuditorToken(i), Roles = Roles.Auditor }),
            ],
        };
        return new BenchNode(await ClearingNode.StartAsync(settings).ConfigureAwait(false));
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();
}
