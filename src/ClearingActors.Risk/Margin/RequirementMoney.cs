using System.Numerics;
using ClearingActors.Domain;

namespace ClearingActors.Risk.Margin;

/// <summary>The one place where a risk number becomes money (rulebook 3): rounded up to the minor unit, against the member.</summary>
public static class RequirementMoney
{
    /// <summary>The least amount of money that is not below the number's exact binary value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not finite or does not fit in 64 bits of minor units.</exception>
    public static Money Of(double requirement, Currency currency)
    {
        if (!double.IsFinite(requirement))
        {
            throw new ArgumentOutOfRangeException(nameof(requirement), requirement, "a finite number is needed");
        }

        try
        {
            return Exact(requirement).RoundUp(currency);
        }
        catch (OverflowException e)
        {
            throw new ArgumentOutOfRangeException($"a requirement of {requirement:R} {currency} does not fit in 64 bits of minor units; split the account", e);
        }
    }

    private static ExactFraction Exact(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        var exponent = (int)((bits >> 52) & 0x7FF);
        var fraction = bits & 0xF_FFFF_FFFF_FFFF;
        var mantissa = (BigInteger)(exponent == 0 ? fraction : fraction | 0x10_0000_0000_0000);
        var power = Math.Max(exponent, 1) - 1075;
        mantissa = bits < 0 ? -mantissa : mantissa;
        return power >= 0 ? ExactFraction.From(mantissa << power) : new ExactFraction(mantissa, BigInteger.One << -power);
    }
}
