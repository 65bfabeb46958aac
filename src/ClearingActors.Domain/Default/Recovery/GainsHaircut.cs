using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Default.Recovery;

/// <summary>An account's variation-margin gains, minor units.</summary>
/// <param name="Account">Its id.</param>
/// <param name="SinceDeclaration">Net of losses and of haircuts before, since the default was declared; nothing is taken below 0.</param>
/// <param name="ThisCycle">What it is owed in this cycle; nothing is taken below 0.</param>
public readonly record struct AccountGain(AccountId Account, long SinceDeclaration, long ThisCycle);

/// <summary>
/// Haircut of variation-margin gains in a settlement cycle (rulebook 11.5): pro rata to each account's gains since declaration, by largest remainder, ties by id ascending. No
/// haircut passes those gains, nor the configured share of what the account is owed in the cycle; the excess is shared again among the others.
/// </summary>
public static class GainsHaircut
{
    /// <summary>All of a gain, in basis points.</summary>
    public const int MaxBps = 10_000;

    /// <summary>The layer <c>gains_haircut</c> of a cycle: with the loss that is still missing, <see cref="Waterfall"/> says what each account gives.</summary>
    /// <param name="gains">Each account once, in any order.</param>
    /// <param name="shareBps">The most that is taken of a cycle's gain, 0 to <see cref="MaxBps"/>; rounded down.</param>
    /// <exception cref="ArgumentException">An account twice, or a share out of range.</exception>
    public static WaterfallLayer Layer(IReadOnlyCollection<AccountGain> gains, int shareBps)
    {
        if (shareBps is < 0 or > MaxBps)
        {
            throw new ArgumentException($"a haircut of {shareBps} basis points is not possible; 0 to {MaxBps} is allowed", nameof(shareBps));
        }

        return WaterfallLayer.OfMembers(LayerKind.GainsHaircut.Id(), gains.Select(g =>
        {
            var gain = Math.Max(0, g.SinceDeclaration);
            var most = (long)((Int128)Math.Max(0, g.ThisCycle) * shareBps / MaxBps);
            return new LayerMember(g.Account.Value, Math.Min(gain, most), gain);
        }));
    }
}
