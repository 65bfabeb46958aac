using ClearingActors.Actors.Wire;
using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Domain.Margin;
using ClearingActors.Engine;
using ClearingActors.Engine.Actors;
using ClearingActors.Engine.Risk;
using ClearingActors.Journal;
using MarginAssessed = ClearingActors.Domain.Margin.MarginAssessed;
using MarginCallIssued = ClearingActors.Domain.Margin.MarginCallIssued;
using MarginInputs = ClearingActors.Engine.Messages.MarginInputs;

namespace ClearingActors.Audit.TimeTravel;

/// <summary>Explains a margin call, or an assessment, of one account: replays to the turn that recorded it, derives it there, and goes on to see what became of it.</summary>
/// <param name="account">Whose.</param>
/// <param name="call">The call; 0 for an assessment.</param>
/// <param name="run">The run of the assessment; 0 for a call.</param>
internal sealed class MarginExplanation(string account, long call, long run) : IMarginRunObserver
{
    /// <summary>Runs follow each other; a shard may be one behind.</summary>
    private const int RunsKept = 4;

    private readonly Queue<MarginInputs> _runs = new();
    private readonly List<ShownEvent> _events = [];
    private MarginCallIssued? _issued;
    private long _armed;

    /// <summary>Null if there is no such call or assessment, or it could not be derived: see <see cref="Failure"/>.</summary>
    internal MarginDerivation? Derivation { get; private set; }

    /// <summary>Why it could not be derived; empty if it could, or was not found.</summary>
    internal string Failure { get; private set; } = "";

    /// <summary>The call from its run to its end; empty for an assessment.</summary>
    internal IReadOnlyList<ShownEvent> Events => _events;

    /// <summary>The account at the end; null if there is none.</summary>
    internal AccountActor? Account { get; private set; }

    /// <summary>The ids of all accounts at the end.</summary>
    internal IReadOnlyList<string> Accounts { get; private set; } = [];

    /// <summary>Replays the journal.</summary>
    /// <exception cref="InvalidDataException">A turn cannot be replayed.</exception>
    internal static MarginExplanation Of(IJournalStore journal, string account, long call, long run, IProgress<double>? progress, CancellationToken cancellation)
    {
        var explanation = new MarginExplanation(account, call, run);
        using var house = new HouseReplay(journal, JournalCut.AtHeads(journal), explanation);
        explanation._events.AddRange(EventShow.Events(house, null, EventQuery.OfCall(account, call), progress, cancellation, explanation.Look));
        explanation.Account = house.Account(account);
        explanation.Accounts = [.. HousePictures.AccountsOf(house).Select(a => a.State.Id.Value)];
        return explanation;
    }

    void IMarginRunObserver.Started(MarginInputs inputs)
    {
        _runs.Enqueue(inputs);
        if (_runs.Count > RunsKept)
        {
            _runs.Dequeue();
        }
    }

    void IMarginRunObserver.Assessed(EngineScope scope, AccountActor assessed, MarginAssessed recorded)
    {
        if (_armed == 0 || recorded.Run != _armed || assessed.State.Id.Value != account)
        {
            return;
        }

        _armed = 0;
        if (_runs.FirstOrDefault(r => r.Run == recorded.Run) is not { } inputs)
        {
            Failure = $"the journal does not say what run {recorded.Run} was computed from";
            return;
        }

        try
        {
            Derivation = MarginDeriver.Of(scope, assessed, inputs, recorded).Derive(_issued);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            Failure = $"run {recorded.Run} cannot be computed again: {e.Message}";
        }
    }

    /// <summary>Sees the call before the assessment is applied, which stands before it in the same step.</summary>
    private void Look(JournalRow row, IReadOnlyList<StepReading> steps)
    {
        foreach (var step in steps)
        {
            if (step.Actor.Kind != ActorKinds.Account || step.Actor.Key != account)
            {
                continue;
            }

            foreach (var (offset, length) in step.Events)
            {
                var bytes = row.Payload.Span.Slice(offset, length);
                var reader = new WireReader(bytes);
                if (reader.Next() && reader.Number == EventTypes.MarginCallIssued)
                {
                    var issued = Event.Parser.ParseFrom(bytes).MarginCallIssued;
                    if (issued.Number == call || issued.Run == run)
                    {
                        _issued = new MarginCallIssued(issued.Number, issued.Run, issued.Amount, issued.IssuedAt, issued.Deadline);
                        _armed = issued.Run;
                    }
                }
                else if (reader.Number == EventTypes.MarginAssessed && run > 0 && Event.Parser.ParseFrom(bytes).MarginAssessed.Run == run)
                {
                    _armed = run;
                }
            }
        }
    }
}
