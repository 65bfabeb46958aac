using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Settlement;

/// <summary>What a holder says of lots of an option (rulebook 6.3). The numbers are journaled and never change.</summary>
public enum ExerciseNoticeKind
{
    None = 0,

    /// <summary>Exercise them: an American option in the cycle that the notice is stamped with, else at expiry.</summary>
    Exercise = 1,

    /// <summary>Do not exercise them at expiry, though they are in the money.</summary>
    Contrary = 2,
}

/// <summary>A holder's notice.</summary>
/// <param name="Position">The position: the client in gross omnibus accounts, else none.</param>
/// <param name="Kind">Exercise or contrary; a position has at most one of each.</param>
/// <param name="Lots">Above 0. At the cut no more counts than is then held.</param>
/// <param name="Cycle">The cycle that was open when it was given.</param>
public readonly record struct ExerciseNotice(PositionKey Position, ExerciseNoticeKind Kind, long Lots, long Cycle);

/// <summary>A notice was given, or taken back.</summary>
/// <param name="Account">The account.</param>
/// <param name="Notice">With 0 lots the notice of this position and kind is taken back.</param>
public readonly record struct ExerciseNoticeGiven(AccountId Account, ExerciseNotice Notice);

/// <summary>Why a notice was refused. The numbers are part of the members' API and never change.</summary>
public enum ExerciseRejectReason
{
    None = 0,

    /// <summary>The kind is none of the two, or the lots are below 0.</summary>
    Malformed = 1,
    UnknownAccount = 2,
    AccountNotActive = 3,
    MemberSuspended = 4,

    /// <summary>There is no such option.</summary>
    UnknownInstrument = 5,

    /// <summary>The account keeps a position per client.</summary>
    ClientMissing = 6,

    /// <summary>The option's cut-off has passed, or it has its final price.</summary>
    AfterCutOff = 7,

    /// <summary>A notice of this kind is pending; take it back first.</summary>
    Duplicate = 8,

    /// <summary>With the notice of the other kind it is more than what is held long.</summary>
    LargerThanPosition = 9,

    /// <summary>There is no such notice to take back.</summary>
    NothingPending = 10,

    /// <summary>The notice's day is cut, and it stands.</summary>
    Irrevocable = 11,
}
