using ClearingActors.Actors;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;

namespace ClearingActors.Engine.Commands;

/// <summary>A holder's notice on an option. Answered by <see cref="ExerciseNoticeReply"/>.</summary>
public sealed class GiveExerciseNotice(ActorAddress to, string principal, InstrumentId instrument, ClientId client, ExerciseNoticeKind kind, long lots) : Command(to, principal)
{
    /// <summary>The option.</summary>
    public InstrumentId Instrument { get; } = instrument;

    /// <summary>In gross omnibus accounts; else none.</summary>
    public ClientId Client { get; } = client;

    /// <summary>Exercise or contrary.</summary>
    public ExerciseNoticeKind Kind { get; } = kind;

    /// <summary>Above 0; 0 takes the pending notice of this kind back.</summary>
    public long Lots { get; } = lots;
}

/// <summary>What became of a notice.</summary>
/// <param name="Reason">None if it was taken, or taken back.</param>
/// <param name="Cycle">The cycle that it is stamped with; 0 if it was refused.</param>
public sealed record ExerciseNoticeReply(ExerciseRejectReason Reason, long Cycle);
