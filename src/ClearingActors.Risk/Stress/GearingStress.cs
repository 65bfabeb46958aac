using System.Numerics;
using ClearingActors.Domain;

namespace ClearingActors.Risk.Stress;

/// <summary>An account's leverage in a scenario.</summary>
/// <param name="Equity">Revalued collateral less the stress loss, in minor units.</param>
/// <param name="Gearing">Gross notional over equity; null if no equity is left.</param>
public readonly record struct StressedGearing(BigInteger Equity, ExactFraction? Gearing)
{
    /// <summary>True if the gearing is above a limit, or no equity is left under a notional.</summary>
    public bool IsAbove(decimal limit) => Gearing is { } gearing ? gearing > ExactFraction.From(limit) : true;
}

/// <summary>Gearing stress (rulebook 10.4): gross notional at shocked prices over what is left of the collateral after the loss.</summary>
public static class GearingStress
{
    /// <param name="grossNotional">At shocked prices, minor units, 0 or more.</param>
    /// <param name="revaluedCollateral">Minor units.</param>
    /// <param name="stressLoss">Minor units, negative for a gain.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative notional.</exception>
    public static StressedGearing Of(BigInteger grossNotional, BigInteger revaluedCollateral, BigInteger stressLoss)
    {
        if (grossNotional.Sign < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(grossNotional), grossNotional, "0 or more is allowed");
        }

        var equity = revaluedCollateral - stressLoss;
        ExactFraction? gearing = grossNotional.IsZero ? ExactFraction.Zero : equity.Sign > 0 ? new ExactFraction(grossNotional, equity) : null;
        return new StressedGearing(equity, gearing);
    }
}
