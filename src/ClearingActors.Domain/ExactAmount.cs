namespace ClearingActors.Domain;

/// <summary>
/// An amount before rounding: <see cref="Mantissa"/> x 10^-<see cref="Scale"/>, scale 0 to 38 (rulebook 3). Sums and comparisons are exact or throw
/// <see cref="OverflowException"/>. It becomes <see cref="Money"/> once, when booked. Two amounts of the same value at different scales are equal.
/// </summary>
public readonly struct ExactAmount : IEquatable<ExactAmount>, IComparable<ExactAmount>
{
    /// <exception cref="ArgumentOutOfRangeException">The scale is not in 0 to 38.</exception>
    public ExactAmount(Int128 mantissa, int scale)
    {
        if (scale is < 0 or > DecimalPower.MaxInt128)
        {
            throw new ArgumentOutOfRangeException(nameof(scale), scale, "an exact amount has 0 to 38 decimal places");
        }

        Mantissa = mantissa;
        Scale = scale;
    }

    public static ExactAmount Zero => default;

    public Int128 Mantissa { get; }

    /// <summary>Decimal places, 0 to 38.</summary>
    public int Scale { get; }

    public bool IsZero => Mantissa == 0;

    /// <summary>A booked amount as an exact one.</summary>
    public static ExactAmount From(Money amount) => new(amount.MinorUnits, amount.Currency.Digits);

    /// <exception cref="OverflowException">The sum does not fit in 128 bits at the finer scale.</exception>
    public static ExactAmount operator +(ExactAmount left, ExactAmount right)
    {
        var scale = Math.Max(left.Scale, right.Scale);
        return new ExactAmount(checked(left.At(scale) + right.At(scale)), scale);
    }

    /// <exception cref="OverflowException">The difference does not fit in 128 bits at the finer scale.</exception>
    public static ExactAmount operator -(ExactAmount left, ExactAmount right) => left + -right;

    /// <exception cref="OverflowException">The mantissa is the least of 128 bits.</exception>
    public static ExactAmount operator -(ExactAmount amount) => new(checked(-amount.Mantissa), amount.Scale);

    /// <summary>Rounded half-even to the currency's minor unit; the only rounding an amount of money goes through.</summary>
    /// <exception cref="OverflowException">The result does not fit in 64 bits.</exception>
    public Money RoundHalfEven(Currency currency)
    {
        if (Scale <= currency.Digits)
        {
            return new Money(checked((long)At(currency.Digits)), currency);
        }

        var divisor = DecimalPower.AsInt128(Scale - currency.Digits);
        var (quotient, remainder) = Int128.DivRem(Mantissa, divisor);
        var rest = Int128.Abs(remainder);

        // rest < divisor <= 10^38, so divisor - rest cannot overflow as 2 x rest could.
        var beyondHalf = rest.CompareTo(divisor - rest);
        if (beyondHalf > 0 || (beyondHalf == 0 && Int128.IsOddInteger(quotient)))
        {
            quotient += Int128.IsNegative(Mantissa) ? -1 : 1;
        }

        return new Money(checked((long)quotient), currency);
    }

    /// <summary>The amount as a risk number, to compare with others of the kind; to book, round it.</summary>
    public double ToDouble() => (double)Mantissa / (double)DecimalPower.AsInt128(Scale);

    public bool Equals(ExactAmount other) => CompareTo(other) == 0;

    public override bool Equals(object? obj) => obj is ExactAmount other && Equals(other);

    public override int GetHashCode()
    {
        var (mantissa, _) = Shortest();
        return mantissa.GetHashCode();
    }

    /// <summary>Compares the values, whatever the scales; never overflows.</summary>
    public int CompareTo(ExactAmount other)
    {
        if (Scale == other.Scale || Mantissa == 0 || other.Mantissa == 0)
        {
            return Mantissa.CompareTo(other.Mantissa);
        }

        if (Int128.IsNegative(Mantissa) != Int128.IsNegative(other.Mantissa))
        {
            return Int128.IsNegative(Mantissa) ? -1 : 1;
        }

        // The coarser one against the finer one's whole part at that scale; only a tie needs the finer one's remainder.
        if (Scale > other.Scale)
        {
            return -other.CompareTo(this);
        }

        var (whole, remainder) = Int128.DivRem(other.Mantissa, DecimalPower.AsInt128(other.Scale - Scale));
        var byWhole = Mantissa.CompareTo(whole);
        return byWhole != 0 ? byWhole : -Int128.Sign(remainder);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var digits = unchecked((UInt128)(Int128.IsNegative(Mantissa) ? -Mantissa : Mantissa));
        var text = digits.ToString().PadLeft(Scale + 1, '0');
        var sign = Int128.IsNegative(Mantissa) ? "-" : "";
        return Scale == 0 ? sign + text : $"{sign}{text[..^Scale]}.{text[^Scale..]}";
    }

    public static bool operator ==(ExactAmount left, ExactAmount right) => left.Equals(right);

    public static bool operator !=(ExactAmount left, ExactAmount right) => !left.Equals(right);

    public static bool operator <(ExactAmount left, ExactAmount right) => left.CompareTo(right) < 0;

    public static bool operator <=(ExactAmount left, ExactAmount right) => left.CompareTo(right) <= 0;

    public static bool operator >(ExactAmount left, ExactAmount right) => left.CompareTo(right) > 0;

    public static bool operator >=(ExactAmount left, ExactAmount right) => left.CompareTo(right) >= 0;

    private Int128 At(int scale) => scale == Scale || Mantissa == 0 ? Mantissa : checked(Mantissa * DecimalPower.AsInt128(scale - Scale));

    private (Int128 Mantissa, int Scale) Shortest()
    {
        var mantissa = Mantissa;
        var scale = Scale;
        while (scale > 0 && mantissa % 10 == 0)
        {
            mantissa /= 10;
            scale--;
        }

        return (mantissa, scale);
    }
}
