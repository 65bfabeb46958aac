using ClearingActors.Audit;
using ClearingActors.Audit.Proofs;
using ClearingActors.Audit.Rulebook;
using ClearingActors.Contracts.Audit.V1;
using ClearingActors.Domain;
using ClearingActors.Grpc;
using ClearingActors.Journal;
using ClearingActors.Journal.Proofs;
using ClearingActors.Node.Settings;
using Microsoft.Extensions.Logging;

namespace ClearingActors.Node.Audit;

/// <summary>Verifies the node's own journal in the background, as <c>clearing audit verify</c> does: one run at a time, at low priority, within the auditors' budget. Thread-safe.</summary>
internal sealed class VerificationRuns : IAsyncDisposable
{
    private const int FindingsShown = 100;

    private readonly ICheckpointStore _journal;
    private readonly NodeSettings _settings;
    private readonly ReadBudget _budget;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _ending = new();
    private Running? _running;
    private VerificationRun? _last;
    private long _number;
    private bool _disposed;

    internal VerificationRuns(ICheckpointStore journal, NodeSettings settings, ReadBudget budget, TimeProvider time, ILogger logger)
    {
        _journal = journal;
        _settings = settings;
        _budget = budget;
        _time = time;
        _logger = logger;
    }

    /// <summary>Starts a run.</summary>
    /// <returns>Its number.</returns>
    /// <exception cref="RpcException">FAILED_PRECONDITION: one is under way. UNAVAILABLE: the node is stopping.</exception>
    internal long Start(string by, bool hashesOnly)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                throw new RpcException(StatusCode.Unavailable, "the node is stopping; ask its successor");
            }

            if (_running is { } other)
            {
                throw new RpcException(StatusCode.FailedPrecondition, $"verification {other.Run.Number} of {other.Run.By} is under way, and there is one at a time; wait for it or stop it");
            }

            var run = new VerificationRun { Number = ++_number, By = by, HashesOnly = hashesOnly, StartedAt = UtcTime.Of(_time.GetUtcNow()), Phase = VerificationPhase.Hashes };
            var running = new Running(run, CancellationTokenSource.CreateLinkedTokenSource(_ending.Token));
            _running = running;
            running.Done = RunAsync(running);
            _logger.LogInformation("{Principal} started verification {Number} of the journal{Kind}", by, run.Number, hashesOnly ? ", hashes only" : "");
            return run.Number;
        }
    }

    /// <summary>Stops a run; nothing happens if it has ended.</summary>
    /// <exception cref="RpcException">NOT_FOUND: there was no such run.</exception>
    internal void Stop(string by, long number)
    {
        Running? running;
        lock (_gate)
        {
            if (number < 1 || number > _number)
            {
                throw new RpcException(StatusCode.NotFound, $"number is {number}; this node has run the verifications 1 to {_number} since it started");
            }

            running = _running?.Run.Number == number ? _running : null;
            if (running is null)
            {
                return;
            }

            running.StoppedBy = by;
        }

        _logger.LogInformation("{Principal} stops verification {Number}", by, number);
        running.Cancel();
    }

    /// <summary>What is under way, and what ended last.</summary>
    internal GetVerificationResponse View()
    {
        lock (_gate)
        {
            return new GetVerificationResponse { Current = _running?.Run.Clone(), Last = _last?.Clone() };
        }
    }

    /// <summary>Ends what is under way. Again, it changes nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        Task? done;
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            done = _running?.Done;
        }

        await _ending.CancelAsync().ConfigureAwait(false);
        await (done ?? Task.CompletedTask).ConfigureAwait(false);
        _ending.Dispose();
    }

    private async Task RunAsync(Running running)
    {
        var (result, failure) = (VerificationResult.Failed, "");
        try
        {
            var inOrder = await LowPriority.RunAsync("audit-verify", () => Verify(running)).ConfigureAwait(false);
            result = inOrder ? VerificationResult.InOrder : VerificationResult.Findings;
        }
        catch (OperationCanceledException) when (running.Token.IsCancellationRequested)
        {
            (result, failure) = (VerificationResult.Stopped, running.StoppedBy.Length > 0 ? $"stopped by {running.StoppedBy}" : "the node is stopping");
        }
#pragma warning disable CA1031 // Whatever it is, it is told as the run's result and logged: who asked has gone long ago.
        catch (Exception e)
#pragma warning restore CA1031
        {
            failure = e.Message;
            _logger.LogError(e, "Verification {Number} could not be done", running.Run.Number);
        }

        var run = running.Run;
        lock (_gate)
        {
            run.Result = result;
            run.Failure = failure;
            run.EndedAt = UtcTime.Of(_time.GetUtcNow());
            _last = run;
            _running = null;
        }

        if (result == VerificationResult.Findings)
        {
            _logger.LogCritical("Verification {Number} of the journal has {Count} findings; the first: {Where}: {What}", run.Number, run.FindingCount, run.Findings[0].Where, run.Findings[0].What);
        }
        else
        {
            _logger.LogInformation("Verification {Number} of the journal ended: {Result} {Failure}", run.Number, result, failure);
        }

        running.Dispose();
    }

    private bool Verify(Running running)
    {
        var journal = new CountedJournal(_journal, bytes =>
        {
            Publish(running);
            _budget.TakeAsync(bytes, running.Token).GetAwaiter().GetResult();
        });
        running.Journal = journal;
        var file = File.Exists(_settings.CheckpointFilePath) ? _settings.CheckpointFilePath : null;
        using var keys = Keys();
        var findings = Begin(running, VerificationPhase.Hashes);
        HashReport hashes;
        var readable = true;
        try
        {
            hashes = HashAudit.Run(journal, file, keys, findings, null, running.Token);
        }
        catch (JournalException e) when (!e.IsTransient)
        {
            // It was a journal when the node opened it; what makes it unreadable is a result.
            findings.Add(-1, 0, "unreadable", e.Message);
            (hashes, readable) = (HashReport.Nothing, false);
        }

        lock (_gate)
        {
            running.Run.Hashes = new HashesChecked
            {
                Rows = hashes.Rows,
                Bytes = hashes.Bytes,
                Checkpoint = hashes.Checkpoints,
                CheckpointTime = hashes.LastCheckpoint?.Time ?? 0,
                Signatures = hashes.SignaturesChecked,
                RowsAfterCheckpoint = hashes.RowsAfterLastCheckpoint,
            };
        }

        var complete = true;
        if (!running.Run.HashesOnly && readable)
        {
            var rulebook = RulebookAudit.Run(journal, JournalCut.AtHeads(journal), Begin(running, VerificationPhase.Rulebook), null, running.Token);
            complete = rulebook.Complete;
            lock (_gate)
            {
                running.Run.Rulebook = WordsOf(rulebook);
            }

            var receipts = ReceiptAudit.Run(journal, file, hashes.Checkpoints, Begin(running, VerificationPhase.Receipts), running.Token);
            lock (_gate)
            {
                running.Run.Receipts = receipts;
            }
        }

        Publish(running);
        lock (_gate)
        {
            return running.Run.FindingCount == 0 && complete;
        }
    }

    private static RulebookChecked WordsOf(RulebookReport report) => new()
    {
        Turns = report.Rows,
        Events = report.Events,
        Trades = report.Trades,
        Cycles = report.Cycles,
        CashEntries = report.CashEntries,
        MarginRuns = report.MarginRuns,
        Calls = report.Calls,
        Waterfalls = report.Waterfalls,
        Snapshots = report.Snapshots,
        Complete = report.Complete,
    };

    private PublicKeys? Keys()
    {
        var path = CheckpointKeyFile.PublicPathOf(_settings.CheckpointKeyPath);
        return File.Exists(path) ? PublicKeys.FromPem(File.ReadAllText(path)) : null;
    }

    private AuditFindings Begin(Running running, VerificationPhase phase)
    {
        var total = _journal.ReadHeads().Sum(head => head.Position);
        Publish(running);
        lock (_gate)
        {
            running.Run.Phase = phase;
            running.Run.RowsDone = 0;
            running.Run.RowsTotal = total;
            running.RowsBefore = running.Journal!.Rows;
            running.Findings.Add(new AuditFindings());
            return running.Findings[^1];
        }
    }

    /// <summary>Lets others see how far it is. Called on the run's own thread, which alone makes findings.</summary>
    private void Publish(Running running)
    {
        lock (_gate)
        {
            var run = running.Run;
            run.RowsDone = Math.Min(run.RowsTotal, running.Journal!.Rows - running.RowsBefore);
            run.FindingCount = running.Findings.Sum(f => f.Count);
            run.Findings.Clear();
            run.Findings.Add(running.Findings.SelectMany(f => f.First).Take(FindingsShown).Select(f => new VerificationFinding { Shard = f.Shard, Position = f.Position, Rule = f.Rule, What = f.What, Where = f.Where }));
        }
    }

    private sealed class Running(VerificationRun run, CancellationTokenSource stop) : IDisposable
    {
        internal VerificationRun Run { get; } = run;

        /// <summary>Kept, since the source may be gone when it is asked.</summary>
        internal CancellationToken Token { get; } = stop.Token;

        internal CountedJournal? Journal { get; set; }

        internal long RowsBefore { get; set; }

        internal List<AuditFindings> Findings { get; } = [];

        internal string StoppedBy { get; set; } = "";

        internal Task? Done { get; set; }

        internal void Cancel()
        {
            try
            {
                stop.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It has ended meanwhile, which is what was asked for.
            }
        }

        public void Dispose() => stop.Dispose();
    }
}
