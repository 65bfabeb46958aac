using System.Numerics;
using ClearingActors.Actors.Simulation;
using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Messages;

namespace ClearingActors.Engine.Simulation;

/// <summary>
/// What stands against a requirement, computed a second time from the ledger's own books and the prices that the run named, on fractions. Every figure of an assessment must
/// be this one to the minor unit.
/// </summary>
internal sealed class CoverageLedger(SimulationTrace trace)
{
    private const int MarginDigits = 2;

    /// <summary>The further haircuts and the terms of the simulated model, in hundredths; amounts in minor units.</summary>
    private static readonly Dictionary<string, int> Further = new() { ["USD"] = 0, ["JPY"] = 10, ["BTC"] = 30 };

    private static readonly Dictionary<string, (int Haircut, int? Share, long? Amount)> Terms = new()
    {
        ["BOND"] = (5, 50, null),
        ["COIN"] = (40, 30, 30_000_00),
        ["YENBOND"] = (7, null, 20_000_00),
    };

    /// <summary>The share of the requirement that the assets of the issuer STATE may cover.</summary>
    private const int StateShare = 60;

    internal void Check(LedgerAccount account, IReadOnlyDictionary<AssetId, long> held, MarginInputs inputs, MarginAssessed assessed, Func<InstrumentId, Instrument> find)
    {
        var requirement = assessed.Coverage.Requirement;
        SortedDictionary<Currency, Fraction> accrued = [], options = [], premium = [];
        foreach (var (key, lots) in account.Lots)
        {
            var instrument = find(key.Instrument);
            var mark = inputs.Marks.Where(m => m.Instrument == key.Instrument).Select(m => (long?)m.Units).FirstOrDefault();
            if (instrument.Option is { PremiumStyle: PremiumStyle.Equity })
            {
                Add(premium, instrument.Currency, lots.PremiumDue(instrument));
                Add(options, instrument.Currency, lots.Quantity == 0 ? default : lots.WorthAt(mark!.Value, instrument));
            }
            else if (!lots.IsEmptyAt(long.MaxValue))
            {
                Add(accrued, instrument.Currency, lots.GainAt(mark!.Value, instrument));
            }
        }

        long unpaid = 0;
        foreach (var ((currency, type), amount) in account.Unbooked)
        {
            var whole = new Fraction(amount, BigInteger.Pow(10, currency.Digits));
            if (type == CashEntryType.Premium)
            {
                Add(premium, currency, whole);
            }
            else if (amount < 0)
            {
                unpaid -= Minor(whole, currency, inputs);
            }
        }

        var accruedSum = Sum(accrued, inputs);
        var optionSum = Sum(options, inputs);
        var premiumSum = Sum(premium, inputs);
        var collateral = account.Cash.Sum(c => Minor(new Fraction(c.Value, BigInteger.Pow(10, c.Key.Digits)), c.Key, inputs)) + AssetsOf(held, inputs, requirement);
        var expected = new Coverage(
            requirement, collateral, optionSum.Up + optionSum.Down, premiumSum.Up, -premiumSum.Down, accruedSum.Down < 0 ? accruedSum.Down : accruedSum.Up, unpaid);
        if (expected != assessed.Coverage)
        {
            throw new InvariantBrokenException("coverage", $"account {account.Id} in run {inputs.Run}: the engine has {assessed.Coverage}, the books give {expected}");
        }

        trace.Count("accounts assessed");
        if (account.Cash.Any(static c => c.Value != 0 && c.Key.Code != "USD"))
        {
            trace.Count("assessed with cash in another currency");
        }
    }

    /// <summary>
    /// What is wrong with the figure of what counts besides cash in the margin currency when a trade was accepted, or null. It is at prices that are not recorded, but limits
    /// hold at any price, and nothing comes of nothing.
    /// </summary>
    internal string? RefuseOther(LedgerAccount account, IReadOnlyDictionary<AssetId, long> held, long requirement, long collateral)
    {
        var hasCash = account.Cash.Any(static c => c.Value > 0 && c.Key.Code != "USD");
        var owes = account.Cash.Any(static c => c.Value < 0 && c.Key.Code != "USD") || account.Unbooked.Any(static u => u.Value < 0 && u.Key.Item1.Code != "USD");
        if (collateral < 0 && !owes)
        {
            return $"nothing is owed in other currencies, and {collateral} is taken off";
        }

        long most = 0, ofState = 0;
        foreach (var asset in HouseWorkload.Assets.Where(a => held.GetValueOrDefault(a.Id) > 0))
        {
            var (_, share, amount) = Terms[asset.Id.Value];
            var counted = Math.Min(share is { } s ? ShareOf(requirement, s) : long.MaxValue, amount ?? long.MaxValue);
            most += asset.Issuer == "STATE" ? 0 : counted;
            ofState += asset.Issuer == "STATE" ? counted : 0;
        }

        most += Math.Min(ofState, ShareOf(requirement, StateShare));
        if (collateral > most && !hasCash)
        {
            return $"its assets count at most {most}, and it has no cash in other currencies";
        }

        trace.Count(collateral != 0 ? "trades accepted with other collateral or debts" : "trades accepted by cash in the margin currency alone");
        return null;
    }

    private static long ShareOf(long requirement, int percent) => (long)((BigInteger)requirement * percent / 100);

    private long AssetsOf(IReadOnlyDictionary<AssetId, long> held, MarginInputs inputs, long requirement)
    {
        long sum = 0;
        var left = ShareOf(requirement, StateShare);
        foreach (var asset in HouseWorkload.Assets.OrderBy(a => a.Id))
        {
            if (!held.TryGetValue(asset.Id, out var units) || inputs.Collateral.Assets.Where(a => a.Asset == asset.Id).Select(a => (decimal?)a.Price).FirstOrDefault() is not { } price)
            {
                continue;
            }

            var (haircut, share, amount) = Terms[asset.Id.Value];
            var value = RateOf(asset.Currency, inputs) is { } rate
                ? Floor(new Fraction(units, BigInteger.Pow(10, asset.UnitDigits)) * Of(price) * rate * new Fraction(100 - haircut - Further[asset.Currency.Code], 100))
                : 0;
            var counted = Math.Min(value, Math.Min(share is { } s ? ShareOf(requirement, s) : long.MaxValue, amount ?? long.MaxValue));
            if (asset.Issuer == "STATE")
            {
                counted = Math.Min(counted, left);
                left -= counted;
            }

            trace.Count(counted < value ? "collateral cut by concentration" : "collateral counted in full");
            sum += counted;
        }

        return sum;
    }

    private static (long Up, long Down) Sum(SortedDictionary<Currency, Fraction> amounts, MarginInputs inputs)
    {
        var converted = amounts.Select(a => Minor(a.Value, a.Key, inputs)).ToList();
        return (converted.Where(static c => c > 0).Sum(), converted.Where(static c => c < 0).Sum());
    }

    /// <summary>Minor units of the margin currency, rounded down; what is owed weighs more by the further haircut.</summary>
    private static long Minor(Fraction amount, Currency currency, MarginInputs inputs)
    {
        if (amount.Numerator.IsZero)
        {
            return 0;
        }

        var loss = amount.Numerator.Sign < 0;
        if (RateOf(currency, inputs) is not { } rate)
        {
            return loss ? throw new InvariantBrokenException("coverage", $"run {inputs.Run} assessed a debt in {currency} without a rate") : 0;
        }

        return Floor(amount * rate * new Fraction(100 + (loss ? Further[currency.Code] : -Further[currency.Code]), 100));
    }

    private static Fraction? RateOf(Currency currency, MarginInputs inputs)
    {
        if (currency.Code == "USD")
        {
            return new Fraction(1, 1);
        }

        foreach (var rate in inputs.Collateral.Rates)
        {
            if (rate.Base == currency.Code && rate.Quote == "USD")
            {
                return Of(rate.Rate);
            }

            if (rate.Base == "USD" && rate.Quote == currency.Code)
            {
                return new Fraction(Of(rate.Rate).Denominator, Of(rate.Rate).Numerator);
            }
        }

        return null;
    }

    private static Fraction Of(decimal value)
    {
        BigInteger scale = 1;
        for (; value != decimal.Truncate(value); scale *= 10)
        {
            value *= 10;
        }

        return new Fraction((BigInteger)value, scale);
    }

    private static long Floor(Fraction amount)
    {
        var quotient = BigInteger.DivRem(amount.Numerator * BigInteger.Pow(10, MarginDigits), amount.Denominator, out var rest);
        return (long)(rest.Sign < 0 ? quotient - 1 : quotient);
    }

    private static void Add(SortedDictionary<Currency, Fraction> sums, Currency currency, Fraction amount) => sums[currency] = sums.GetValueOrDefault(currency) + amount;
}

/// <summary>A fraction whose denominator is above zero; the default value is zero.</summary>
internal readonly record struct Fraction(BigInteger Numerator, BigInteger Denominator)
{
    public static Fraction operator *(Fraction left, Fraction right) => new(left.Numerator * right.Numerator, left.Denominator * right.Denominator);

    public static Fraction operator +(Fraction left, Fraction right) =>
        left.Denominator.IsZero ? right
        : right.Denominator.IsZero ? left
        : new((left.Numerator * right.Denominator) + (right.Numerator * left.Denominator), left.Denominator * right.Denominator);
}
