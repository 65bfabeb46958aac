using System.Numerics;

namespace ClearingActors.Domain;

/// <summary>
/// A number without rounding: a quotient of two whole numbers of any size, in lowest terms, the denominator above zero (rulebook 3). It is for amounts whose
/// products or quotients could pass the 28 digits of <see cref="decimal"/>, which rounds silently. It is rounded once, when booked. The default value is zero.
/// </summary>
public readonly struct ExactFraction : IEquatable<ExactFraction>, IComparable<ExactFraction>
{
    private readonly BigInteger _denominator;

    /// <exception cref="DivideByZeroException">The denominator is zero.</exception>
    public ExactFraction(BigInteger numerator, BigInteger denominator)
    {
        if (denominator.IsZero)
        {
            throw new DivideByZeroException($"{numerator} cannot be divided by zero");
        }

        var divisor = BigInteger.GreatestCommonDivisor(numerator, denominator) * denominator.Sign;
        Numerator = numerator / divisor;
        _denominator = denominator / divisor;
    }

    public static ExactFraction Zero => default;

    public BigInteger Numerator { get; }

    /// <summary>Above zero.</summary>
    public BigInteger Denominator => _denominator.IsZero ? BigInteger.One : _denominator;

    /// <summary>-1, 0 or 1.</summary>
    public int Sign => Numerator.Sign;

    public bool IsZero => Numerator.IsZero;

    public static ExactFraction From(decimal value)
    {
        var (mantissa, scale, negative) = DecimalPower.Split(value);
        var numerator = (BigInteger)mantissa;
        return new ExactFraction(negative ? -numerator : numerator, BigInteger.Pow(10, scale));
    }

    public static ExactFraction From(long value) => new(value, BigInteger.One);

    public static ExactFraction From(BigInteger value) => new(value, BigInteger.One);

    public static ExactFraction From(ExactAmount amount) => new((BigInteger)amount.Mantissa, BigInteger.Pow(10, amount.Scale));

    public static ExactFraction operator +(ExactFraction left, ExactFraction right) =>
        new((left.Numerator * right.Denominator) + (right.Numerator * left.Denominator), left.Denominator * right.Denominator);

    public static ExactFraction operator -(ExactFraction left, ExactFraction right) => left + -right;

    public static ExactFraction operator -(ExactFraction value) => new(-value.Numerator, value.Denominator);

    public static ExactFraction operator *(ExactFraction left, ExactFraction right) => new(left.Numerator * right.Numerator, left.Denominator * right.Denominator);

    /// <exception cref="DivideByZeroException"><paramref name="right"/> is zero.</exception>
    public static ExactFraction operator /(ExactFraction left, ExactFraction right) => new(left.Numerator * right.Denominator, left.Denominator * right.Numerator);

    /// <summary>The nearest whole number; of two equally near ones, the even one.</summary>
    public BigInteger RoundHalfEven()
    {
        var floor = Floor();
        var twiceRest = 2 * (Numerator - (floor * Denominator));
        var beyondHalf = twiceRest.CompareTo(Denominator);
        return beyondHalf > 0 || (beyondHalf == 0 && !floor.IsEven) ? floor + 1 : floor;
    }

    /// <summary>The nearest number with so many decimal places, half-even.</summary>
    /// <param name="places">0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than 0 places.</exception>
    public ExactFraction RoundHalfEven(int places)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(places);
        var power = BigInteger.Pow(10, places);
        return new ExactFraction(new ExactFraction(Numerator * power, Denominator).RoundHalfEven(), power);
    }

    /// <summary>Rounded half-even to the currency's minor unit.</summary>
    /// <exception cref="OverflowException">The result does not fit in 64 bits.</exception>
    public Money RoundHalfEven(Currency currency) => ToMoney(RoundHalfEven(currency.Digits), currency);

    /// <summary>Rounded up to the currency's minor unit: the side that a requirement is rounded to (rulebook 3).</summary>
    /// <exception cref="OverflowException">The result does not fit in 64 bits.</exception>
    public Money RoundUp(Currency currency)
    {
        var power = BigInteger.Pow(10, currency.Digits);
        return ToMoney(new ExactFraction(new ExactFraction(Numerator * power, Denominator).Ceiling(), power), currency);
    }

    /// <summary>The largest whole number not above the value.</summary>
    public BigInteger Floor()
    {
        var quotient = BigInteger.DivRem(Numerator, Denominator, out var remainder);
        return remainder.Sign < 0 ? quotient - 1 : quotient;
    }

    /// <summary>The smallest whole number not below the value.</summary>
    public BigInteger Ceiling() => -(-this).Floor();

    /// <summary>The value as a decimal, exactly.</summary>
    /// <exception cref="OverflowException">A decimal cannot hold the value exactly: round it first.</exception>
    public decimal ToDecimal()
    {
        for (var scale = 0; scale <= 28; scale++)
        {
            var mantissa = BigInteger.DivRem(Numerator * BigInteger.Pow(10, scale), Denominator, out var remainder);
            if (remainder.IsZero)
            {
                var magnitude = BigInteger.Abs(mantissa);
                if (magnitude.GetBitLength() > 96)
                {
                    break;
                }

                var bits = (UInt128)magnitude;
                return unchecked(new decimal((int)(uint)bits, (int)(uint)(bits >> 32), (int)(uint)(bits >> 64), mantissa.Sign < 0, (byte)scale));
            }
        }

        throw new OverflowException($"{this} has more than the 28 digits of a decimal; round it to fewer places first");
    }

    /// <summary>The value as an amount before rounding, exactly.</summary>
    /// <exception cref="OverflowException">The value has more than 38 decimal places, or does not fit in 128 bits: round it first.</exception>
    public ExactAmount ToExactAmount()
    {
        for (var scale = 0; scale <= DecimalPower.MaxInt128; scale++)
        {
            var mantissa = BigInteger.DivRem(Numerator * BigInteger.Pow(10, scale), Denominator, out var remainder);
            if (remainder.IsZero)
            {
                return new ExactAmount(checked((Int128)mantissa), scale);
            }
        }

        throw new OverflowException($"{this} has more than {DecimalPower.MaxInt128} decimal places; round it to fewer first");
    }

    public bool Equals(ExactFraction other) => Numerator == other.Numerator && Denominator == other.Denominator;

    public override bool Equals(object? obj) => obj is ExactFraction other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Numerator, Denominator);

    public int CompareTo(ExactFraction other) => (Numerator * other.Denominator).CompareTo(other.Numerator * Denominator);

    /// <inheritdoc/>
    public override string ToString() => Denominator.IsOne ? $"{Numerator}" : $"{Numerator}/{Denominator}";

    public static bool operator ==(ExactFraction left, ExactFraction right) => left.Equals(right);

    public static bool operator !=(ExactFraction left, ExactFraction right) => !left.Equals(right);

    public static bool operator <(ExactFraction left, ExactFraction right) => left.CompareTo(right) < 0;

    public static bool operator <=(ExactFraction left, ExactFraction right) => left.CompareTo(right) <= 0;

    public static bool operator >(ExactFraction left, ExactFraction right) => left.CompareTo(right) > 0;

    public static bool operator >=(ExactFraction left, ExactFraction right) => left.CompareTo(right) >= 0;

    private static Money ToMoney(ExactFraction rounded, Currency currency) =>
        new(checked((long)(rounded.Numerator * (BigInteger.Pow(10, currency.Digits) / rounded.Denominator))), currency);
}
