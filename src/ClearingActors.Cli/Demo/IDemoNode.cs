using ClearingActors.Engine;
using ClearingActors.Engine.Backtests;

namespace ClearingActors.Cli.Demo;

/// <summary>A running clearing house as the demo needs it: reached over gRPC alone, but for what only the process itself can tell.</summary>
public interface IDemoNode : IAsyncDisposable
{
    /// <summary>Where it serves gRPC, as in <c>http://127.0.0.1:5400</c>.</summary>
    Uri GrpcAddress { get; }

    /// <summary>Where it serves its web page; null while there is none.</summary>
    Uri? WebAddress { get; }

    /// <summary>The names under which one may sign in to the web page.</summary>
    IReadOnlyList<string> WebUsers { get; }

    /// <summary>The password of all of them, made for this run.</summary>
    string WebPassword { get; }

    /// <summary>The token of an operator, who may also watch every account.</summary>
    string OperatorToken { get; }

    /// <summary>The token of another operator: some decisions need two.</summary>
    string SecondOperatorToken { get; }

    /// <summary>The token of a member of <see cref="DemoNodeSettings.Members"/>, who may report trades under a source of its own id.</summary>
    string TokenOfMember(string member);

    /// <summary>The token of a source of <see cref="DemoNodeSettings.MarkSources"/>.</summary>
    string TokenOfMarkSource(string source);

    /// <summary>
    /// Builds the whole state from the journal alone and compares it with the live state, once nothing is in flight. False when anything differs.
    /// </summary>
    Task<bool> ReplayEqualsLiveAsync(CancellationToken cancellationToken);

    /// <summary>Computes every margin run of the journal again, by replaying it to the turn that recorded the run.</summary>
    Task<RecomputedRuns> RecomputeRunsAsync(CancellationToken cancellationToken);

    /// <summary>Verifies the journal as an auditor does: hashes, checkpoints, signatures, and every rule by a replay.</summary>
    Task<DemoAudit> AuditAsync(CancellationToken cancellationToken);

    /// <summary>Back-tests every account of the journal over its days, counts only.</summary>
    Task<LiveBacktestResult> BacktestAccountsAsync(CancellationToken cancellationToken);

    /// <summary>Ends the node in order; what is durable stays in the data folder.</summary>
    Task StopAsync(CancellationToken cancellationToken);
}
