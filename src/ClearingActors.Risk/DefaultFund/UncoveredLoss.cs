namespace ClearingActors.Risk.DefaultFund;

/// <summary>An account in one stress scenario, in minor units of the fund's currency.</summary>
/// <param name="StressLoss">SL: the loss of its positions; negative for a gain.</param>
/// <param name="Requirement">Its margin requirement, 0 or more.</param>
/// <param name="RevaluedCollateral">Its collateral revalued in the scenario; what is below 0 counts as 0.</param>
public readonly record struct StressedAccount(long StressLoss, long Requirement, long RevaluedCollateral)
{
    /// <summary>C: the lower of requirement and revalued collateral, because what is above the requirement may be withdrawn before the default.</summary>
    public long Cover => Math.Max(0, Math.Min(Requirement, RevaluedCollateral));
}

/// <summary>
/// Uncovered loss of a member in a scenario (rulebook 10.2): U = max(0, SL_house - C_house + sum over client accounts of max(0, SL_c - C_c)). House surplus helps
/// clients, a client's surplus helps nobody.
/// </summary>
public static class UncoveredLoss
{
    /// <param name="house">The member's house accounts, as one.</param>
    /// <param name="clients">Its client accounts.</param>
    /// <returns>Minor units, 0 or more.</returns>
    /// <exception cref="ArgumentException">A negative requirement.</exception>
    /// <exception cref="OverflowException">The loss does not fit in 64 bits.</exception>
    public static long OfMember(StressedAccount house, IReadOnlyList<StressedAccount> clients)
    {
        var uncovered = Shortfall(house);
        foreach (var client in clients)
        {
            uncovered = checked(uncovered + Math.Max(0, Shortfall(client)));
        }

        return Math.Max(0, uncovered);
    }

    private static long Shortfall(StressedAccount account) => account.Requirement >= 0
        ? checked(account.StressLoss - account.Cover)
        : throw new ArgumentException($"a requirement is {account.Requirement}; 0 or more is needed", nameof(account));
}
