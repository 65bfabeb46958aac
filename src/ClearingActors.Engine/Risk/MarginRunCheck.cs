using ClearingActors.Actors.Wire;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Actors;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Engine.Risk;

/// <summary>
/// Computes margin runs again from the journal alone (rulebook 8.9): when the replay of a shard comes to what a run found, every account of the shard is assessed by the
/// canonical routine, with the inputs that the run names and the state that the replay has. The recorded event must be the same byte by byte, and no account of the shard may
/// be left out. A shard without a recorded assessment is not looked at: it failed, or had nothing to assess.
/// </summary>
internal sealed class MarginRunCheck : IMarginRunObserver
{
    private readonly Dictionary<long, MarginInputs> _runs = [];
    private readonly Dictionary<int, ShardRun> _shards = [];
    private long _assessments;
    private long _different;
    private string _first = "";

    public void Started(MarginInputs inputs) => _runs.Add(inputs.Run, inputs);

    public void Assessed(EngineScope scope, AccountActor account, MarginAssessed recorded)
    {
        if (!_shards.TryGetValue(scope.Shard, out var shard) || shard.Run != recorded.Run)
        {
            if (shard is not null)
            {
                End(shard);
            }

            // All accounts of a shard are assessed in one turn, so this is the state that the run found.
            _shards[scope.Shard] = shard = Recompute(scope, recorded.Run);
        }

        if (shard.Failure.Length > 0)
        {
            Differs(recorded.Run, account.State.Id, shard.Failure);
        }
        else if (!shard.Found.Remove(account.State.Id, out var found))
        {
            Differs(recorded.Run, account.State.Id, "it is assessed there, and recomputed there is nothing to assess");
        }
        else if (!Bytes(found).AsSpan().SequenceEqual(Bytes(recorded)))
        {
            Differs(recorded.Run, account.State.Id, $"recorded {recorded.Coverage}, recomputed {found.Coverage}");
        }

        _assessments++;
    }

    /// <summary>The result when all shards have been replayed.</summary>
    internal RecomputedRuns End()
    {
        foreach (var shard in _shards.Values)
        {
            End(shard);
        }

        _shards.Clear();
        return new RecomputedRuns(_runs.Count, _assessments, _different, _first);
    }

    private void End(ShardRun shard)
    {
        foreach (var account in shard.Found.Keys.Order())
        {
            Differs(shard.Run, account, "it was not assessed");
        }
    }

    private void Differs(long run, AccountId account, string how)
    {
        _different++;
        _first = _first.Length > 0 ? _first : $"run {run}, account {account}: {how}";
    }

    private ShardRun Recompute(EngineScope scope, long run)
    {
        var found = new Dictionary<AccountId, MarginAssessed>();
        if (!_runs.TryGetValue(run, out var inputs))
        {
            return new ShardRun(run, found, "the journal does not say what the run's inputs were");
        }

        try
        {
            var calculator = scope.Calculator(inputs.Marks, inputs.At, inputs.Collateral);
            if (calculator.BufferReleased != inputs.BufferReleased)
            {
                return new ShardRun(run, found, $"the run says that the buffer is {(inputs.BufferReleased ? "released" : "held")}, the shard knows otherwise");
            }

            if (calculator.ScenarioVersion != inputs.ScenarioSet || calculator.ModelVersion != inputs.ModelVersion)
            {
                return new ShardRun(run, found, $"the run names scenario set {inputs.ScenarioSet} and model {inputs.ModelVersion}, the shard has {calculator.ScenarioVersion} and {calculator.ModelVersion}");
            }

            foreach (var account in scope.Accounts)
            {
                if (account.DecideAssessment(calculator, inputs) is { } assessed)
                {
                    found.Add(account.State.Id, assessed);
                }
            }

            return new ShardRun(run, found, "");
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            return new ShardRun(run, [], $"it cannot be recomputed: {e.Message}");
        }
    }

    private static byte[] Bytes(MarginAssessed assessed)
    {
        var writer = new WireWriter();
        MarginWire.Write(writer, assessed);
        return writer.Written.ToArray();
    }

    /// <summary>A shard's part of a run; what was found and not yet compared.</summary>
    private sealed record ShardRun(long Run, Dictionary<AccountId, MarginAssessed> Found, string Failure);
}
