using ClearingActors.Domain;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;
using ClearingActors.Engine.Messages;

namespace ClearingActors.Engine.Risk;

/// <summary>
/// What stands against a requirement (rulebook 8.7): collateral, options, premium, accrued and unpaid amounts, all in the margin currency. Amounts are summed exactly by
/// currency and converted once, because currencies are never netted: a gain in one does not make up for a loss in another.
/// </summary>
/// <param name="terms">What counts.</param>
/// <param name="prices">Of assets and currencies.</param>
/// <param name="marks">Price units by instrument.</param>
internal sealed class AccountCoverage(CollateralTerms terms, CollateralPrices prices, IReadOnlyDictionary<InstrumentId, long> marks)
{
    /// <summary>The prices that follow from what operators set and from marks.</summary>
    internal static CollateralPrices PricesOf(HouseDirectory directory, CollateralTerms terms, IEnumerable<PricePoint> marks)
    {
        var quoted = new Dictionary<InstrumentId, decimal>();
        foreach (var mark in marks)
        {
            if (directory.TryGetInstrument(mark.Instrument, out var listed))
            {
                quoted.Add(mark.Instrument, listed.Instrument.ToPrice(mark.Units));
            }
        }

        List<AssetPrice> assets = [];
        foreach (var asset in directory.Collateral.Assets)
        {
            if (asset.PricedBy.IsNone ? directory.Collateral.TryGetPrice(asset.Id, out var price) : quoted.TryGetValue(asset.PricedBy, out price))
            {
                assets.Add(new AssetPrice(asset.Id, asset.ToPrice(price)));
            }
        }

        List<ExchangeRate> rates = [.. directory.Collateral.Rates.Where(r => !terms.RateMarks.ContainsKey(CollateralTerms.PairOf(r.Base, r.Quote)))];
        foreach (var (pair, instrument) in terms.RateMarks)
        {
            if (quoted.TryGetValue(instrument, out var rate) && rate > 0)
            {
                var codes = pair.Split('/');
                rates.Add(new ExchangeRate(codes[0], codes[1], rate));
            }
        }

        return new CollateralPrices(assets, rates);
    }

    /// <summary>The cash and the assets of an account, the latter as the directory lists them.</summary>
    internal static CollateralHeld HeldBy(AccountState account, HouseDirectory directory)
    {
        var cash = new Dictionary<Currency, long>();
        foreach (ref readonly var balance in account.Balances)
        {
            cash.Add(balance.Currency, balance.Cash);
        }

        var assets = new Dictionary<CollateralAsset, long>();
        foreach (var held in account.Assets?.Held ?? [])
        {
            assets.Add(directory.Collateral.Find(held.Asset) ?? throw new InvalidOperationException($"account {account.Id} holds {held.Units} units of {held.Asset}, which is not listed"), held.Units);
        }

        return new CollateralHeld(cash, assets);
    }

    /// <summary>What collateral is worth to an account of this margin currency.</summary>
    /// <exception cref="ArgumentException">Cash is owed in a currency that cannot be converted.</exception>
    internal CollateralValue ValueOf(Currency margin, CollateralHeld held, long requirementMinor) => CollateralValue.Of(held, Into(margin), requirementMinor);

    /// <summary>The account's figures as it stands.</summary>
    /// <exception cref="ArgumentException">A position without a mark, or a debt in a currency that cannot be converted.</exception>
    internal Coverage Of(AccountState account, HouseDirectory directory, long requirementMinor)
    {
        var conversion = Into(account.MarginCurrency);
        SortedDictionary<Currency, ExactAmount> accrued = [], options = [], premium = [];
        foreach (var position in account.SortedPositions())
        {
            var instrument = directory.TryGetInstrument(position.Key.Instrument, out var listed) ? listed.Instrument : throw new ArgumentException($"instrument {position.Key.Instrument} is not defined", nameof(account));
            var unsettled = position.Older.Cycle != 0 || position.Newer.Cycle != 0;
            if (position.Valuation.Style == ValuationStyle.Premium)
            {
                // Lots not yet settled still pay what they cost, or get it; all lots count at what they are worth now.
                Add(premium, instrument.Currency, instrument.AmountOf(-(position.Older.Cost + position.Newer.Cost)));
                if (position.Quantity != 0)
                {
                    Add(options, instrument.Currency, instrument.AmountOf((Int128)position.Quantity * MarkOf(instrument)));
                }
            }
            else if (unsettled || position.SettledQuantity != 0)
            {
                // Lots that were bought and sold again have no requirement, but a gain or a loss.
                Add(accrued, instrument.Currency, instrument.AmountOf(position.AccruedOf(MarkOf(instrument))));
            }
        }

        var unpaid = 0L;
        foreach (var amount in account.UnbookedVariationMargin)
        {
            var booked = ExactAmount.From(new Money(amount.AmountMinor, amount.Currency));
            if (amount.Type == CashEntryType.Premium)
            {
                Add(premium, amount.Currency, booked);
            }
            else
            {
                unpaid = checked(unpaid + UnpaidOf(conversion, amount));
            }
        }

        var (gains, losses) = Convert(conversion, accrued);
        var (longs, shorts) = Convert(conversion, options);
        var (receivable, payable) = Convert(conversion, premium);
        return new Coverage(
            requirementMinor,
            ValueOf(account.MarginCurrency, HeldBy(account, directory), requirementMinor).TotalMinor,
            checked(longs + shorts),
            receivable,
            -payable,
            losses < 0 ? losses : gains,
            unpaid);
    }

    /// <summary>
    /// What <see cref="Of"/> counts as collateral besides cash in the margin currency, and what is unpaid in other currencies, premium included; minor units of the margin
    /// currency.
    /// </summary>
    /// <exception cref="ArgumentException">A debt in a currency that cannot be converted.</exception>
    /// <exception cref="OverflowException">Debts are beyond 64 bits.</exception>
    internal (long ValueMinor, long UnpaidMinor) OtherOf(AccountState account, HouseDirectory directory, long requirementMinor)
    {
        var margin = account.MarginCurrency;
        var held = HeldBy(account, directory);
        var other = held with { Cash = held.Cash.Where(c => c.Key != margin).ToDictionary() };
        var conversion = Into(margin);
        var unpaid = 0L;
        foreach (var amount in account.UnbookedVariationMargin)
        {
            unpaid = checked(unpaid + (amount.Currency == margin ? 0 : UnpaidOf(conversion, amount)));
        }

        return (ValueOf(margin, other, requirementMinor).TotalMinor, unpaid);
    }

    /// <summary>True if limits by share of the requirement decide what counts of what is held.</summary>
    internal bool FollowsRequirement(AccountState account, HouseDirectory directory) => HeldBy(account, directory).Assets.Keys.Any(a =>
        (terms.Assets.TryGetValue(a.Id, out var own) && own.Limit.MaxShare is not null) || (terms.Issuers.TryGetValue(a.Issuer, out var all) && all.MaxShare is not null));

    /// <summary>Signed amounts of several currencies together: a gain that cannot be converted counts as nothing.</summary>
    /// <exception cref="ArgumentException">A loss cannot be converted.</exception>
    internal long SumOf(Currency margin, IEnumerable<Money> amounts)
    {
        var sum = 0L;
        foreach (var amount in amounts)
        {
            sum = checked(sum + Into(margin).Of(ExactFraction.From(ExactAmount.From(amount)), amount.Currency));
        }

        return sum;
    }

    /// <summary>What is owed of a computed amount; 0 if it is to be received.</summary>
    private static long UnpaidOf(MarginConversion conversion, in VariationMarginAmount amount) => amount.AmountMinor < 0
        ? -conversion.Of(ExactFraction.From(ExactAmount.From(new Money(amount.AmountMinor, amount.Currency))), amount.Currency)
        : 0;

    private static (long Gains, long Losses) Convert(MarginConversion conversion, SortedDictionary<Currency, ExactAmount> amounts)
    {
        long gains = 0, losses = 0;
        foreach (var (currency, amount) in amounts)
        {
            var converted = conversion.Of(ExactFraction.From(amount), currency);
            gains = checked(gains + Math.Max(0, converted));
            losses = checked(losses + Math.Min(0, converted));
        }

        return (gains, losses);
    }

    private static void Add(SortedDictionary<Currency, ExactAmount> sums, Currency currency, ExactAmount amount) => sums[currency] = sums.GetValueOrDefault(currency) + amount;

    private MarginConversion Into(Currency margin) => new(margin, terms, prices);

    private long MarkOf(Instrument instrument) => marks.TryGetValue(instrument.Id, out var units)
        ? units
        : throw new ArgumentException($"{instrument.Id} has neither a mark nor a settlement price; publish a mark", nameof(instrument));
}
