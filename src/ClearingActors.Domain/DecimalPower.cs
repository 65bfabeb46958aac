namespace ClearingActors.Domain;

/// <summary>Exact powers of ten, and the one conversion from a decimal to a whole number of 10^-scale.</summary>
internal static class DecimalPower
{
    /// <summary>The largest power of ten in Int128.</summary>
    public const int MaxInt128 = 38;

    private static readonly Int128[] Wide = Powers();

    private static readonly long[] Narrow =
    [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000, 100_000_000_000, 1_000_000_000_000,
        10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000, 10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000,
    ];

    /// <summary>10^<paramref name="exponent"/>, exponent 0 to 38.</summary>
    public static Int128 AsInt128(int exponent) => Wide[exponent];

    /// <summary>10^<paramref name="exponent"/>, exponent 0 to 18.</summary>
    public static long AsInt64(int exponent) => Narrow[exponent];

    /// <summary>10^<paramref name="exponent"/>, exponent 0 to 18.</summary>
    public static decimal AsDecimal(int exponent) => Narrow[exponent];

    /// <summary>
    /// <paramref name="value"/> x 10^<paramref name="scale"/> if that is a whole number of 64 bits; false otherwise. Scale 0 to 18. Works on the bits of the
    /// decimal, because a decimal product rounds silently beyond 28 digits.
    /// </summary>
    public static bool TryScale(decimal value, int scale, out long units)
    {
        var (mantissa, valueScale, negative) = Split(value);
        units = 0;
        if (valueScale > scale)
        {
            // Bound at 28 by System.Decimal, so the divisor fits.
            var divisor = (UInt128)Wide[valueScale - scale];
            var quotient = mantissa / divisor;
            if (quotient * divisor != mantissa)
            {
                return false;
            }

            mantissa = quotient;
        }
        else if (mantissa != 0)
        {
            var factor = (UInt128)Wide[scale - valueScale];
            if (mantissa > long.MaxValue)
            {
                return false;
            }

            // Below 2^63 x 10^18 < 2^123.
            mantissa *= factor;
        }

        if (mantissa > long.MaxValue)
        {
            return false;
        }

        units = negative ? -(long)mantissa : (long)mantissa;
        return true;
    }

    /// <summary>The decimal's digits, the number of decimal places (0 to 28), and its sign.</summary>
    public static (UInt128 Mantissa, int Scale, bool Negative) Split(decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        unchecked
        {
            // The words are bit patterns, not numbers.
            var low = (uint)bits[0] | ((ulong)(uint)bits[1] << 32);
            return (new UInt128((uint)bits[2], low), (bits[3] >> 16) & 0xff, bits[3] < 0);
        }
    }

    private static Int128[] Powers()
    {
        var powers = new Int128[MaxInt128 + 1];
        powers[0] = 1;
        for (var i = 1; i < powers.Length; i++)
        {
            powers[i] = powers[i - 1] * 10;
        }

        return powers;
    }
}
