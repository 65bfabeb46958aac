using System.Numerics;
using ClearingActors.Domain.Ledger;

namespace ClearingActors.Domain.Margin;

/// <summary>What an account holds as collateral: cash by currency, and units of assets as they are listed.</summary>
/// <param name="Cash">Minor units by currency, each currency once; negative where the account owes.</param>
/// <param name="Assets">Units by asset, each asset once.</param>
public sealed record CollateralHeld(IReadOnlyDictionary<Currency, long> Cash, IReadOnlyDictionary<CollateralAsset, long> Assets)
{
    /// <summary>The same with cash added (or, below zero, taken away).</summary>
    public CollateralHeld With(Money cash) => this with { Cash = new Dictionary<Currency, long>(Cash) { [cash.Currency] = checked(Cash.GetValueOrDefault(cash.Currency) + cash.MinorUnits) } };

    /// <summary>The same with units of an asset added (or, below zero, taken away).</summary>
    public CollateralHeld With(CollateralAsset asset, long units) =>
        this with { Assets = new Dictionary<CollateralAsset, long>(Assets) { [asset] = checked(Assets.GetValueOrDefault(asset) + units) } };
}

/// <summary>What one kind of collateral is worth to an account. Amounts are minor units of its margin currency.</summary>
/// <param name="Name">The asset's id, or the code of the cash's currency.</param>
/// <param name="Asset">Null for cash.</param>
/// <param name="Currency">Of the cash, or of the asset's price.</param>
/// <param name="Units">Minor units of cash, or units of the asset.</param>
/// <param name="Price">What a whole one is worth in <paramref name="Currency"/>; 1 for cash, null if there is no price.</param>
/// <param name="Haircut">What does not count, the further haircut of another currency included: 0 to 1. On a debt, what it weighs more.</param>
/// <param name="ValueMinor">After the haircut, rounded down.</param>
/// <param name="CutMinor">What concentration limits take off that.</param>
/// <param name="Why">Why nothing of it counts; empty if it does.</param>
public readonly record struct CollateralLine(
    string Name, CollateralAsset? Asset, Currency Currency, long Units, decimal? Price, decimal Haircut, long ValueMinor, long CutMinor, string Why)
{
    /// <summary>What counts.</summary>
    public long CountedMinor => ValueMinor - CutMinor;
}

/// <summary>
/// Collateral after haircuts and concentration limits (rulebook 8.7), in exact arithmetic. The haircut of an asset and the further one of its currency add up, as in the
/// Basel framework (CRE22: C x (1 - Hc - Hfx)), and never below nothing. Then, in this order: each asset up to its own limit; the assets of an issuer, by id, up to the
/// issuer's. So what is cut of an issuer is cut from the last of its assets by id.
/// </summary>
/// <param name="Lines">Cash by currency, then assets by id.</param>
public sealed record CollateralValue(IReadOnlyList<CollateralLine> Lines)
{
    /// <summary>The sum of what counts, less debts.</summary>
    /// <exception cref="OverflowException">Debts are beyond 64 bits.</exception>
    public long TotalMinor
    {
        get
        {
            Int128 total = 0;
            foreach (var line in Lines)
            {
                total += line.CountedMinor;
            }

            return checked((long)Int128.Min(total, Coverage.MaxAmount));
        }
    }

    /// <summary>Values what an account holds.</summary>
    /// <param name="held">The account's collateral.</param>
    /// <param name="conversion">Terms, prices and the margin currency.</param>
    /// <param name="requirementMinor">That limits by share are a share of; 0 or more.</param>
    /// <exception cref="ArgumentException">Cash is owed in a currency that cannot be converted. What is held and cannot be valued counts as nothing instead.</exception>
    public static CollateralValue Of(CollateralHeld held, MarginConversion conversion, long requirementMinor)
    {
        List<CollateralLine> lines = [];
        foreach (var (currency, minor) in held.Cash.Where(c => c.Value != 0).OrderBy(c => c.Key))
        {
            var whole = new ExactFraction(minor, BigInteger.Pow(10, currency.Digits));
            if (!conversion.TryGetHaircut(currency, out var haircut, out var why) || !conversion.TryGetRate(currency, out _, out why))
            {
                haircut = 1;
            }

            lines.Add(new CollateralLine(currency.Code, null, currency, minor, 1, haircut, conversion.Of(whole, currency), 0, why));
        }

        var left = conversion.Terms.Issuers.ToDictionary(i => i.Key, i => i.Value.MostMinor(conversion.Margin, requirementMinor), StringComparer.Ordinal);
        foreach (var (asset, units) in held.Assets.Where(a => a.Value != 0).OrderBy(a => a.Key.Id))
        {
            var line = LineOf(asset, units, conversion);
            if (line.Why.Length == 0)
            {
                var counted = Math.Min(line.ValueMinor, conversion.Terms.Assets[asset.Id].Limit.MostMinor(conversion.Margin, requirementMinor));
                if (left.TryGetValue(asset.Issuer, out var ofIssuer))
                {
                    counted = Math.Min(counted, ofIssuer);
                    left[asset.Issuer] = ofIssuer - counted;
                }

                line = line with { CutMinor = line.ValueMinor - counted };
            }

            lines.Add(line);
        }

        return new CollateralValue(lines);
    }

    private static CollateralLine LineOf(CollateralAsset asset, long units, MarginConversion conversion)
    {
        var priced = conversion.Prices.TryGetPrice(asset.Id, out var price);
        var nothing = new CollateralLine(asset.Id.Value, asset, asset.Currency, units, priced ? price : null, 1, 0, 0, "");
        if (!conversion.Terms.Assets.TryGetValue(asset.Id, out var terms))
        {
            return nothing with { Why = $"the risk model has no collateral.assets.{asset.Id}; add it" };
        }

        if (!priced)
        {
            return nothing with { Why = asset.PricedBy.IsNone ? $"asset {asset.Id} has no price; set one" : $"asset {asset.Id} has no price; publish a mark of {asset.PricedBy}" };
        }

        if (!conversion.TryGetHaircut(asset.Currency, out var further, out var why) || !conversion.TryGetRate(asset.Currency, out var rate, out why))
        {
            return nothing with { Why = why };
        }

        var haircut = Math.Min(1, terms.Haircut + further);
        var market = new ExactFraction(units, BigInteger.Pow(10, asset.UnitDigits)) * ExactFraction.From(price) * rate;
        return nothing with { Haircut = haircut, ValueMinor = conversion.ToMinor(market * ExactFraction.From(1 - haircut)) };
    }
}
