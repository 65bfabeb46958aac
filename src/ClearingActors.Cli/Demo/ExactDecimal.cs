using WireDecimal = ClearingActors.Contracts.Common.V1.Decimal;

namespace ClearingActors.Cli.Demo;

/// <summary>Decimals between the wire's mantissa and exponent and .NET's.</summary>
public static class ExactDecimal
{
    /// <summary>Exactly the value.</summary>
    /// <exception cref="OverflowException">The digits do not fit in 64 bits.</exception>
    public static WireDecimal ToWire(decimal value)
    {
        var exponent = -value.Scale;
        for (var i = exponent; i < 0; i++)
        {
            value *= 10;
        }

        return new WireDecimal { Mantissa = checked((long)value), Exponent = exponent };
    }

    /// <summary>Exactly the value; zero for a message that is absent.</summary>
    /// <exception cref="OverflowException">The value does not fit.</exception>
    public static decimal FromWire(WireDecimal? value)
    {
        if (value is null)
        {
            return 0;
        }

        decimal result = value.Mantissa;
        for (var i = value.Exponent; i > 0; i--)
        {
            result *= 10;
        }

        return value.Exponent < 0 ? result * new decimal(1, 0, 0, false, checked((byte)-value.Exponent)) : result;
    }
}
