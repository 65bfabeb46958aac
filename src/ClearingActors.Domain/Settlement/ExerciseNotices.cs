using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Settlement;

/// <summary>What becomes of a notice.</summary>
/// <param name="Reason">None if it was taken.</param>
/// <param name="Event">Meaningful if the reason is none.</param>
public readonly record struct ExerciseNoticeDecision(ExerciseRejectReason Reason, ExerciseNoticeGiven Event);

/// <summary>
/// Takes notices of exercise and contrary notices (rulebook 6.3). A notice is stamped with the open cycle, as a trade is. Of an American option a notice to exercise
/// is carried out when that cycle is settled and stands once the cycle is frozen; all others wait for the expiry and may be taken back until the cut-off. Pure.
/// </summary>
public static class ExerciseNotices
{
    /// <summary>Whether a notice is taken.</summary>
    /// <param name="account">The holder.</param>
    /// <param name="instrument">The option.</param>
    /// <param name="client">Of a gross omnibus account; ignored elsewhere.</param>
    /// <param name="kind">Exercise or contrary.</param>
    /// <param name="lots">Above 0; 0 takes the pending notice of this kind back.</param>
    /// <param name="directory">The account's shard's.</param>
    public static ExerciseNoticeDecision Decide(
        AccountState account, InstrumentId instrument, ClientId client, ExerciseNoticeKind kind, long lots, HouseDirectory directory)
    {
        if (account.Status != AccountStatus.Active || account.IsCcp)
        {
            return Refused(account.Status == AccountStatus.Undefined ? ExerciseRejectReason.UnknownAccount : ExerciseRejectReason.AccountNotActive);
        }

        if (kind is < ExerciseNoticeKind.Exercise or > ExerciseNoticeKind.Contrary || lots < 0)
        {
            return Refused(ExerciseRejectReason.Malformed);
        }

        if (directory.MemberStatusOf(account.Member).Standing != MemberStanding.Active)
        {
            return Refused(ExerciseRejectReason.MemberSuspended);
        }

        if (!directory.TryGetInstrument(instrument, out var listed) || listed.Instrument.Option is not { } terms)
        {
            return Refused(ExerciseRejectReason.UnknownInstrument);
        }

        var gross = account.Segregation == Segregation.ClientOmnibusGross;
        if (gross && client.IsNone)
        {
            return Refused(ExerciseRejectReason.ClientMissing);
        }

        if (listed.Expiry != ExpiryStage.None || directory.BusinessTime >= terms.ExerciseCutOff)
        {
            return Refused(ExerciseRejectReason.AfterCutOff);
        }

        var key = new PositionKey(instrument, gross ? client : ClientId.None);
        var pending = account.TryGetNotice(key, kind, out var notice);
        var reason = lots == 0 ? OfTakingBack(pending, notice, terms, directory)
            : pending ? ExerciseRejectReason.Duplicate
            : lots > (account.PositionOf(key)?.Quantity ?? 0) - OtherLots(account, key, kind) ? ExerciseRejectReason.LargerThanPosition
            : ExerciseRejectReason.None;
        return reason != ExerciseRejectReason.None
            ? Refused(reason)
            : new ExerciseNoticeDecision(reason, new ExerciseNoticeGiven(account.Id, new ExerciseNotice(key, kind, lots, directory.CurrentCycle)));
    }

    private static ExerciseRejectReason OfTakingBack(bool pending, in ExerciseNotice notice, OptionTerms terms, HouseDirectory directory) =>
        !pending ? ExerciseRejectReason.NothingPending
        : notice.Kind == ExerciseNoticeKind.Exercise && terms.Style == ExerciseStyle.American && notice.Cycle < directory.CurrentCycle ? ExerciseRejectReason.Irrevocable
        : ExerciseRejectReason.None;

    private static long OtherLots(AccountState account, PositionKey key, ExerciseNoticeKind kind) =>
        account.TryGetNotice(key, kind == ExerciseNoticeKind.Exercise ? ExerciseNoticeKind.Contrary : ExerciseNoticeKind.Exercise, out var other) ? other.Lots : 0;

    private static ExerciseNoticeDecision Refused(ExerciseRejectReason reason) => new(reason, default);
}
