namespace ClearingActors.Domain;

/// <summary>A booked amount: a whole number of minor units of one currency (rulebook 3). Sums are checked; currencies are never mixed.</summary>
/// <param name="MinorUnits">Signed, in 10^-<see cref="Currency.Digits"/> of the currency.</param>
/// <param name="Currency">The currency, never the default value in a booked amount.</param>
public readonly record struct Money(long MinorUnits, Currency Currency)
{
    public static Money Zero(Currency currency) => new(0, currency);

    /// <exception cref="OverflowException">The sum does not fit in 64 bits.</exception>
    /// <exception cref="InvalidOperationException">The currencies differ.</exception>
    public static Money operator +(Money left, Money right) =>
        new(checked(left.MinorUnits + right.MinorUnits), Same(left, right));

    /// <exception cref="OverflowException">The difference does not fit in 64 bits.</exception>
    /// <exception cref="InvalidOperationException">The currencies differ.</exception>
    public static Money operator -(Money left, Money right) =>
        new(checked(left.MinorUnits - right.MinorUnits), Same(left, right));

    /// <exception cref="OverflowException">The amount is the least of 64 bits.</exception>
    public static Money operator -(Money amount) => new(checked(-amount.MinorUnits), amount.Currency);

    /// <summary>The amount in units of the currency, exactly, with all decimal places of the minor unit.</summary>
    public decimal ToDecimal()
    {
        var magnitude = MinorUnits < 0 ? unchecked((ulong)-MinorUnits) : (ulong)MinorUnits;
        return new decimal(unchecked((int)magnitude), unchecked((int)(magnitude >> 32)), 0, MinorUnits < 0, (byte)Currency.Digits);
    }

    /// <summary>False if the amount has more digits than the minor unit or does not fit in 64 bits; nothing is rounded here.</summary>
    public static bool TryFromDecimal(decimal amount, Currency currency, out Money money)
    {
        var fits = DecimalPower.TryScale(amount, currency.Digits, out var minorUnits);
        money = new Money(minorUnits, currency);
        return fits;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{ToDecimal()} {Currency.Code}";

    private static Currency Same(Money left, Money right) => left.Currency == right.Currency
        ? left.Currency
        : throw new InvalidOperationException($"{left} and {right} are in different currencies and are never netted");
}
