using ClearingActors.Actors;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Risk;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Engine.Actors;

/// <summary>
/// The run that is under way, computed between turns once all shards have told their accounts. Nothing of that is durable: after a restart it begins anew from the accounts, which
/// are, and from the fund's cash and the members as they are then. What comes of it is handed in as a command, and only the turn that takes it changes the actor.
/// </summary>
internal sealed partial class StressActor : IReplySink
{
    private StressJob? _job;
    private StressOutcome? _computed;
    private bool _handedIn;

    /// <summary>True when what was handed in met a failure: the actor is set aside, or it threw. Whatever reaches the actor next but a read ends it.</summary>
    private bool _rests;

    /// <summary>True while a run has begun and not ended.</summary>
    private bool UnderWay => _runs is [.., { Outcome: null }];

    /// <summary>True while a run is to be computed or what came of it is to be decided upon.</summary>
    internal bool OwesOutcome => UnderWay && _missing.Count == 0 && !_rests;

    /// <summary>Computes a piece of the run; true if there is more.</summary>
    internal bool Work()
    {
        if (!OwesOutcome || _computed is not null)
        {
            return false;
        }

        var inputs = _runs[^1].Inputs;
        try
        {
            if (_failure.Length == 0)
            {
                _job ??= new StressJob(inputs, _gathered, ScenarioLibrary.Parse(_scenarios).Scenarios, BasisOf(inputs));
                if (_job.Step())
                {
                    return true;
                }
            }

            _computed = _job?.Outcome ?? StressOutcome.Nothing(inputs.Run, _failure);
        }
#pragma warning disable CA1031 // It is not lost: it is what came of the run, on the record; thrown here it would end the node, and again after every start.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _computed = StressOutcome.Nothing(inputs.Run, e is ArgumentException or FormatException or OverflowException ? e.Message : $"{e.GetType().Name}: {e.Message}");
        }

        _job = null;
        return false;
    }

    /// <summary>What came of the run, to be decided upon; null if it is not computed or has been handed in.</summary>
    internal EndStress? TakeOutcome()
    {
        if (!OwesOutcome || _computed is null || _handedIn)
        {
            return null;
        }

        _handedIn = true;
        return new EndStress(Address, _runs[^1].Inputs.By, _computed) { ReplyTo = new ReplyTo(this, 0) };
    }

    /// <summary>What was handed in was not decided: without room for it, it comes again at once.</summary>
    void IReplySink.Reply(long token, object answer)
    {
        if (answer is CommandFailure failure)
        {
            _handedIn = false;
            _rests = failure.Kind != CommandFailureKind.ResourceExhausted;
        }
    }

    private void End(EndStress end, Turn turn)
    {
        var outcome = end.Outcome;
        if (!UnderWay || _missing.Count > 0 || outcome.Run != _runs[^1].Inputs.Run)
        {
            turn.Reply(end.ReplyTo, new Refused($"stress run {outcome.Run} is not being computed"));
            return;
        }

        outcome.Write(turn.BeginEvent(EventTypes.StressRunEnded));
        turn.EndEvent();
        Apply(outcome);
        foreach (var waiting in _waiting)
        {
            turn.Reply(waiting, outcome.Failure.Length == 0 ? _runs[^1] : new Refused($"stress run {outcome.Run} came to nothing: {outcome.Failure}"));
        }

        _waiting.Clear();
    }

    private void ForgetJob()
    {
        _job = null;
        _computed = null;
        _handedIn = false;
    }
}
