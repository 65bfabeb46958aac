using System.Numerics;

namespace ClearingActors.Domain.Margin;

/// <summary>
/// Amounts in any currency as minor units of an account's margin currency (rulebook 3, 8.7): exact until they are rounded once, down, which is against the member. What is
/// not in the margin currency is worth less by its currency's further haircut, and weighs more by it where it is owed.
/// </summary>
/// <param name="Margin">The margin currency.</param>
/// <param name="Terms">The further haircuts.</param>
/// <param name="Prices">The exchange rates.</param>
public readonly record struct MarginConversion(Currency Margin, CollateralTerms Terms, CollateralPrices Prices)
{
    /// <summary>The further haircut of a currency. False, and a reason, if the currency does not count here.</summary>
    public bool TryGetHaircut(Currency currency, out decimal haircut, out string why)
    {
        haircut = 0;
        why = currency.Code == Margin.Code || Terms.Currencies.TryGetValue(currency.Code, out haircut) ? "" : $"the risk model has no collateral.currencies.{currency.Code}; add it";
        return why.Length == 0;
    }

    /// <summary>The rate from a currency to the margin currency. False, and a reason, if there is none.</summary>
    public bool TryGetRate(Currency currency, out ExactFraction rate, out string why)
    {
        why = Prices.TryGetRate(currency, Margin, out rate) ? "" : $"there is no exchange rate of {currency.Code} in {Margin.Code}, nor the other way round; set one";
        return why.Length == 0;
    }

    /// <summary>A signed amount in whole units of a currency. A gain that cannot be converted counts as nothing; a loss must not be left out.</summary>
    /// <exception cref="ArgumentException">A loss cannot be converted; the message says what is missing.</exception>
    /// <exception cref="OverflowException">A loss is beyond 64 bits of minor units.</exception>
    public long Of(ExactFraction amount, Currency currency)
    {
        if (amount.IsZero)
        {
            return 0;
        }

        if (!TryGetHaircut(currency, out var haircut, out var why) || !TryGetRate(currency, out var rate, out why))
        {
            return amount.Sign > 0 ? 0 : throw new ArgumentException($"{amount} {currency.Code} is owed by an account margined in {Margin.Code}, but {why}", nameof(currency));
        }

        return ToMinor(amount * rate * ExactFraction.From(amount.Sign > 0 ? 1 - haircut : 1 + haircut));
    }

    /// <summary>Rounded down; a gain above <see cref="Coverage.MaxAmount"/> counts as that.</summary>
    /// <exception cref="OverflowException">Below what 64 bits hold.</exception>
    internal long ToMinor(ExactFraction amount) =>
        (long)BigInteger.Min((amount * ExactFraction.From(BigInteger.Pow(10, Margin.Digits))).Floor(), Coverage.MaxAmount);
}
