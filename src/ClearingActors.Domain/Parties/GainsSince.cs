namespace ClearingActors.Domain.Parties;

/// <summary>What cycles have paid an account, less what it has paid, since a time of defaults began: what a haircut of gains may take from (rulebook 11.5).</summary>
/// <param name="Epoch">The default with which the time began; above 0.</param>
/// <param name="Amounts">One per currency, by currency; signed.</param>
public sealed record GainsSince(long Epoch, IReadOnlyList<Money> Amounts)
{
    /// <summary>In a currency; 0 if nothing was counted.</summary>
    public long Of(Currency currency) => Amounts.FirstOrDefault(a => a.Currency == currency).MinorUnits;

    internal GainsSince Plus(Money amount) =>
        this with { Amounts = [.. Amounts.Where(a => a.Currency != amount.Currency).Append(new Money(checked(Of(amount.Currency) + amount.MinorUnits), amount.Currency)).OrderBy(a => a.Currency)] };
}
