using System.Diagnostics.CodeAnalysis;
using ClearingActors.Domain;
using Decimal = ClearingActors.Contracts.Common.V1.Decimal;

namespace ClearingActors.Node.Services;

/// <summary>The APIs' exact decimals and the domain's. Nothing is rounded: what does not fit is refused.</summary>
internal static class WireDecimal
{
    /// <summary>The bound of |mantissa x 10^exponent| for positive exponents, and of |mantissa|: 18 digits.</summary>
    private const long Bound = 1_000_000_000_000_000_000;

    internal const string Rule = "a mantissa of at most 18 digits, an exponent between -18 and 18, and a value of at most 18 digits before the point are allowed";

    private static readonly long[] Powers =
    [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000, 100_000_000_000, 1_000_000_000_000, 10_000_000_000_000,
        100_000_000_000_000, 1_000_000_000_000_000, 10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000,
    ];

    /// <summary>False if it breaks <see cref="Rule"/>.</summary>
    internal static bool TryRead(long mantissa, long exponent, out decimal value)
    {
        value = 0;
        if (exponent is < -18 or > 18 || mantissa <= -Bound || mantissa >= Bound)
        {
            return false;
        }

        if (exponent > 0 && mantissa != 0)
        {
            var widened = (Int128)mantissa * Powers[exponent];
            if (widened <= -Bound || widened >= Bound)
            {
                return false;
            }

            (mantissa, exponent) = ((long)widened, 0);
        }

        var digits = (ulong)Math.Abs(mantissa);
        value = new decimal(unchecked((int)digits), unchecked((int)(digits >> 32)), 0, mantissa < 0, (byte)Math.Max(0, -exponent));
        return true;
    }

    /// <summary>The value of a field.</summary>
    /// <exception cref="Grpc.RpcException">It is missing or breaks <see cref="Rule"/>.</exception>
    internal static decimal Read(string field, [NotNull] Decimal? value)
    {
        if (value is null)
        {
            throw Refusals.BadInput(field, "missing", Rule);
        }

        return TryRead(value.Mantissa, value.Exponent, out var read) ? read : throw Refusals.BadInput(field, $"{value.Mantissa} x 10^{value.Exponent}", Rule);
    }

    /// <summary>0 if the field is absent.</summary>
    internal static decimal ReadOrZero(string field, Decimal? value) => value is null ? 0 : Read(field, value);

    internal static Decimal Of(Money amount) => new() { Mantissa = amount.MinorUnits, Exponent = -amount.Currency.Digits };

    /// <summary>A funding rate or premium, which has at most 13 decimal places.</summary>
    internal static Decimal OfRate(decimal rate) => new() { Mantissa = decimal.ToInt64(rate * Powers[13]), Exponent = -13 };

    /// <summary>A decimal that was read from such a field, or a product of few of its digits.</summary>
    /// <exception cref="OverflowException">It has more than 18 digits.</exception>
    internal static Decimal Of(decimal value)
    {
        var places = value.Scale;
        while (places > 0 && value == decimal.Round(value, places - 1))
        {
            places--;
        }

        return new Decimal { Mantissa = decimal.ToInt64(value * Powers[places]), Exponent = -places };
    }

    internal static Decimal Of(long units, int scale) => new() { Mantissa = units, Exponent = -scale };
}
