using System.Security.Cryptography;
using ClearingActors.Audit;
using ClearingActors.Audit.Proofs;
using ClearingActors.Audit.Rulebook;
using ClearingActors.Engine;
using ClearingActors.Engine.Backtests;
using ClearingActors.Journal;
using ClearingActors.Journal.Proofs;
using ClearingActors.Node;
using ClearingActors.Node.Dashboard;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Settings;
using Microsoft.Extensions.Logging;

namespace ClearingActors.Cli.Demo;

/// <summary>The demo's node: an ordinary one in this process, on SQLite, with a token made up for each caller.</summary>
internal sealed class DemoNode : IDemoNode
{
    /// <summary>One process and two cores or so: fewer shards make larger rows, so fewer of them.</summary>
    private const int Shards = 16;

    /// <summary>Of 31 characters each: 79 bits.</summary>
    private const int PasswordLength = 16;

    private readonly ClearingNode _node;
    private readonly NodeSettings _settings;
    private readonly Dictionary<string, string> _tokens;

    private DemoNode(ClearingNode node, NodeSettings settings, Dictionary<string, string> tokens, string webPassword)
    {
        WebPassword = webPassword;
        _node = node;
        _settings = settings;
        _tokens = tokens;
    }

    public Uri GrpcAddress => _node.GrpcAddress;

    public Uri? WebAddress => _node.WebAddress;

    public IReadOnlyList<string> WebUsers => [.. _settings.Web.Users.Select(u => u.Name)];

    public string WebPassword { get; }

    public string OperatorToken => _tokens["operator:demo"];

    public string SecondOperatorToken => _tokens["operator:second"];

    /// <summary>Starts the node; it serves when the task ends.</summary>
    internal static async Task<IDemoNode> StartAsync(DemoNodeSettings demo, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
        PrincipalSettings Principal(string name, Roles roles)
        {
            tokens[name] = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
            return new PrincipalSettings { Name = name, Token = tokens[name], Roles = roles };
        }

        var password = RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz23456789", PasswordLength);
        var hash = Passwords.Hash(password);
        var settings = new NodeSettings
        {
            Name = "demo",
            DataDirectory = demo.DataFolder,
            Listen = new ListenSettings { Port = 0 },
            Journal = new JournalSettings { Shards = Shards },
            BusinessClock = BusinessClockMode.Manual,
            Logging = new LoggingSettings { Console = false, Level = LogLevel.Information, File = "log/demo-.log" },
            Web = new WebSettings
            {
                Port = 0,
                Users =
                [
                    new() { Name = "operator:demo", PasswordHash = hash, Roles = Roles.Operator | Roles.Auditor },
                    new() { Name = "operator:second", PasswordHash = hash, Roles = Roles.Operator | Roles.RiskManager },
                    new() { Name = "viewer:demo", PasswordHash = hash, Roles = Roles.Viewer },
                ],
            },
            Principals =
            [
                Principal("operator:demo", Roles.Operator | Roles.Auditor),
                Principal("operator:second", Roles.Operator),
                .. demo.Members.Select(member => Principal($"member:{member}", Roles.Member) with { Sources = [member], Members = [member] }),
                .. demo.MarkSources.Select(source => Principal($"marketdata:{source}", Roles.MarketData) with { MarkSources = [source] }),
            ],
        };
        return new DemoNode(await ClearingNode.StartAsync(settings).ConfigureAwait(false), settings, tokens, password);
    }

    public string TokenOfMember(string member) => _tokens[$"member:{member}"];

    public string TokenOfMarkSource(string source) => _tokens[$"marketdata:{source}"];

    public async Task<bool> ReplayEqualsLiveAsync(CancellationToken cancellationToken)
    {
        using var journal = SqliteJournal.OpenReadOnly(_settings.JournalPath);
        return await _node.Engine.ReplayEqualsLiveAsync(journal, cancellationToken).ConfigureAwait(false);
    }

    public Task<RecomputedRuns> RecomputeRunsAsync(CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            using var journal = SqliteJournal.OpenReadOnly(_settings.JournalPath);
            return MarginRunReplay.Recompute(journal);
        },
        cancellationToken);

    public Task<DemoAudit> AuditAsync(CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            using var journal = SqliteJournal.OpenReadOnly(_settings.JournalPath);
            using var keys = PublicKeys.FromPem(File.ReadAllText(CheckpointKeyFile.PublicPathOf(_settings.CheckpointKeyPath)));
            var findings = new AuditFindings();
            var hashes = HashAudit.Run(journal, _settings.CheckpointFilePath, keys, findings, null, cancellationToken);
            var rulebook = RulebookAudit.Run(journal, JournalCut.AtHeads(journal), null, cancellationToken);
            var first = findings.First.Concat(rulebook.Findings).FirstOrDefault()?.ToString() ?? "";
            return new DemoAudit(hashes.Rows, hashes.Checkpoints, rulebook.Events, findings.Count + rulebook.FindingCount, first);
        },
        cancellationToken);

    public Task<LiveBacktestResult> BacktestAccountsAsync(CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            using var journal = SqliteJournal.OpenReadOnly(_settings.JournalPath);
            return LiveBacktest.Run(journal, cancellation: cancellationToken);
        },
        cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => _node.StopAsync().WaitAsync(cancellationToken);

    public ValueTask DisposeAsync() => _node.DisposeAsync();
}
