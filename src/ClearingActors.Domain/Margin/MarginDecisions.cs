namespace ClearingActors.Domain.Margin;

/// <summary>What an assessment leads to; the events are to be journaled and applied in this order.</summary>
/// <param name="Refused">Why nothing happens; null if it does.</param>
/// <param name="Assessed">Null if refused.</param>
/// <param name="Issued">Null if no call is needed.</param>
public readonly record struct AssessmentDecision(string? Refused, MarginAssessed? Assessed, MarginCallIssued? Issued)
{
    /// <summary>The open calls, oldest first, of an account that is covered again.</summary>
    public IReadOnlyList<MarginCallWithdrawn> Withdrawn { get; init; } = [];
}

/// <summary>Margin calls (rulebook 8.7, 8.8): <c>ISSUED -> MET | MISSED | WITHDRAWN</c>.</summary>
public static class MarginDecisions
{
    /// <summary>
    /// Takes a run's figures and calls what is missing beyond the calls that are open: when the excess is below zero by more than the minimum transfer, the shortfall less
    /// the open calls, rounded up to the call unit. Where nothing is missing any more, the open calls are withdrawn: a call asks for what is missing, and nobody is to default
    /// on one while covered. An older run, or the same once more, changes nothing.
    /// </summary>
    /// <param name="state">The account's margin.</param>
    /// <param name="assessed">The figures; the parts sum to the requirement.</param>
    /// <param name="terms">In the account's margin currency.</param>
    public static AssessmentDecision DecideAssessment(MarginState state, MarginAssessed assessed, MarginTerms terms)
    {
        if (assessed.Run <= (state.Last?.Run ?? 0))
        {
            return new AssessmentDecision($"run {assessed.Run} is not newer than run {state.Last?.Run ?? 0}", null, null);
        }

        var refused = assessed.Coverage.Refuse() ?? RefuseParts(assessed);
        if (refused is not null)
        {
            return new AssessmentDecision(refused, null, null);
        }

        var excess = assessed.Coverage.Excess;
        if (excess >= 0)
        {
            return new AssessmentDecision(null, assessed, null)
            {
                Withdrawn = [.. state.Calls.Where(c => c.Status == MarginCallStatus.Issued).Select(c => new MarginCallWithdrawn(c.Number, $"run {assessed.Run} finds the account covered", assessed.Run))],
            };
        }

        var missing = -(Int128)excess - state.OpenMinor;
        if (excess >= -terms.MinimumTransferMinor || missing <= 0)
        {
            return new AssessmentDecision(null, assessed, null);
        }

        var units = (missing + terms.CallUnitMinor - 1) / terms.CallUnitMinor;
        var amount = checked((long)(units * terms.CallUnitMinor));
        return new AssessmentDecision(null, assessed, new MarginCallIssued(state.LastCall + 1, assessed.Run, amount, assessed.At, terms.DeadlineOf(assessed.At)));
    }

    /// <summary>What collateral that came in covers: open calls, the oldest first.</summary>
    /// <param name="state">The account's margin.</param>
    /// <param name="valueMinor">What it adds to the collateral that counts, in minor units of the margin currency; nothing happens at or below 0.</param>
    public static IReadOnlyList<MarginCallCredited> DecideDeposit(MarginState state, long valueMinor)
    {
        List<MarginCallCredited> credits = [];
        foreach (var call in state.Calls)
        {
            var credit = Math.Min(valueMinor, call.RemainingMinor);
            if (credit > 0)
            {
                credits.Add(new MarginCallCredited(call.Number, credit));
                valueMinor -= credit;
            }
        }

        return credits;
    }

    /// <summary>The timer of a call has fired; null if the call has ended, or its deadline is not reached.</summary>
    /// <param name="state">The account's margin.</param>
    /// <param name="number">The call's.</param>
    /// <param name="now">UTC ns of business time.</param>
    public static MarginCallMissed? DecideDeadline(MarginState state, long number, long now) =>
        state.TryGetCall(number, out var call) && call.Status == MarginCallStatus.Issued && call.Deadline <= now ? new MarginCallMissed(number, call.RemainingMinor) : null;

    /// <summary>An operator takes a call back; the refusal is null if it may.</summary>
    /// <param name="state">The account's margin.</param>
    /// <param name="number">The call's.</param>
    /// <param name="reason">1 to 500 characters.</param>
    /// <param name="withdrawn">Meaningful if not refused.</param>
    public static string? DecideWithdraw(MarginState state, long number, string reason, out MarginCallWithdrawn withdrawn)
    {
        withdrawn = new MarginCallWithdrawn(number, reason);
        return !state.TryGetCall(number, out var call) ? $"margin call {number} is unknown; the last is {state.LastCall}"
            : call.Status != MarginCallStatus.Issued ? $"margin call {number} is {call.Status} and cannot be withdrawn"
            : reason.Length is < 1 or > 500 ? $"a reason of {reason.Length} characters: 1 to 500 are allowed"
            : null;
    }

    /// <summary>
    /// Refuses to let go what the account needs (rulebook 8.8); null if it may go.
    /// </summary>
    /// <param name="state">The account's margin; null if no run has assessed it.</param>
    /// <param name="now">The figures of this moment.</param>
    /// <param name="valueMinor">What the collateral that counts would lose, in minor units of the margin currency; 0 or more.</param>
    public static string? RefuseWithdrawal(MarginState? state, in Coverage now, long valueMinor)
    {
        if (state is { OpenMinor: > 0 and var open })
        {
            return $"margin calls of {open} minor units are open; nothing is paid out before they are met";
        }

        return now.Excess < valueMinor ? $"{valueMinor} minor units would leave an excess of {(Int128)now.Excess - valueMinor}; at most {Math.Max(0, now.Excess)} can go" : null;
    }

    private static string? RefuseParts(MarginAssessed assessed)
    {
        Int128 sum = 0;
        foreach (var part in assessed.Parts)
        {
            sum += part.AmountMinor;
        }

        return sum == assessed.Coverage.Requirement ? null : $"the parts sum to {sum}, the requirement is {assessed.Coverage.Requirement} minor units";
    }
}
