using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Parties;
using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Engine.Risk;

/// <summary>What a margin run measured of a member in one underlying (rulebook 8.5), in the currency of the underlying's reference instrument.</summary>
/// <param name="Member">The member.</param>
/// <param name="Underlying">The underlying.</param>
/// <param name="AddOn">Of all its accounts' lots together.</param>
/// <param name="Figures">The sum of its accounts' stand-alone figures, each rounded up to the minor unit, so that the sum is the same in any order.</param>
internal readonly record struct MemberCharge(MemberId Member, string Underlying, double AddOn, Int128 Figures);

/// <summary>The liquidity add-on (rulebook 8.5): of a whole member's lots, charged to its accounts pro rata to their stand-alone figures.</summary>
internal sealed class LiquidityCharges(RiskModel model, ModelScenarios scenarios, InstrumentVectors vectors)
{
    /// <summary>False if the model has no such add-on.</summary>
    internal bool Any => model.Liquidity.Count > 0;

    /// <summary>The add-on of lots by underlying, in its reference's currency. One that the model does not charge is left out.</summary>
    /// <param name="lots">Of each instrument, netted; in any order.</param>
    /// <exception cref="ArgumentException">A mark, factor or volatility is missing.</exception>
    internal List<(string Underlying, double AddOn)> AddOnsOf(IEnumerable<KeyValuePair<InstrumentId, long>> lots)
    {
        var sums = new SortedDictionary<string, (double Units, double Vega)>(StringComparer.Ordinal);
        foreach (var (id, quantity) in lots.OrderBy(l => l.Key))
        {
            var instrument = vectors.InstrumentOf(id.Value);
            var underlying = instrument.Underlying.Value;
            if (quantity == 0 || !model.Liquidity.TryGetValue(underlying, out var source))
            {
                continue;
            }

            var (units, _, vega) = vectors.SensitivityOf(instrument);
            var sum = sums.GetValueOrDefault(underlying);
            sums[underlying] = (sum.Units + (quantity * units), sum.Vega + (quantity * (vega * vectors.RateOf(instrument.Currency, ReferenceOf(source).Currency))));
        }

        return [.. sums.Select(s => (s.Key, AddOnOf(model.Liquidity[s.Key], s.Value.Units, s.Value.Vega)))];
    }

    /// <summary>A stand-alone figure in minor units of the reference's currency, rounded up.</summary>
    internal long FigureOf(string underlying, double addOn) => RequirementMoney.Of(addOn, ReferenceOf(model.Liquidity[underlying]).Currency).MinorUnits;

    /// <summary>
    /// An account's share of its member's add-ons, in the margin currency. Lots that came since the run measured the member change the account's part of the whole, and never
    /// make it more than the whole; where nothing was measured the account's own figure stands.
    /// </summary>
    /// <param name="currency">The margin currency.</param>
    /// <param name="member">The account's.</param>
    /// <param name="lots">The account's lots of each instrument, netted.</param>
    /// <param name="measured">By member and underlying.</param>
    /// <param name="trace">Is told how the share comes about; null where nobody asks.</param>
    /// <exception cref="ArgumentException">As for <see cref="AddOnsOf"/>.</exception>
    internal double ShareOf(
        Currency currency,
        MemberId member,
        IEnumerable<KeyValuePair<InstrumentId, long>> lots,
        IReadOnlyDictionary<(MemberId Member, string Underlying), MemberCharge> measured,
        RequirementTrace? trace = null)
    {
        var share = 0.0;
        foreach (var (underlying, own) in AddOnsOf(lots))
        {
            var charged = own;
            if (measured.TryGetValue((member, underlying), out var charge))
            {
                var figure = FigureOf(underlying, own);
                var whole = Int128.Max(charge.Figures, figure);
                charged = whole == 0 ? 0.0 : charge.AddOn * (figure / (double)whole);
            }

            var rate = vectors.RateOf(ReferenceOf(model.Liquidity[underlying]).Currency, currency);
            share += charged * rate;
            trace?.Liquidity.Add(new LiquidityTrace(underlying, own, FigureOf(underlying, own), measured.TryGetValue((member, underlying), out charge) ? charge : null, charged, rate, charged * rate));
        }

        return share;
    }

    private Instrument ReferenceOf(LiquiditySource source) => vectors.InstrumentOf(source.Reference);

    private double AddOnOf(LiquiditySource source, double units, double vega)
    {
        var reference = ReferenceOf(source);
        var price = vectors.PriceOf(reference);
        var shocks = scenarios.Of(model.GroupOf(reference.Definition.ProductGroup))[model.FactorOf(reference)];
        var sigma = shocks.DailyVolatility ?? 0.0;

        // An absolute volatility is in price units already, which also holds where the price is zero.
        var impact = shocks.Kind == ChangeKind.Relative
            ? LiquidityAddOn.Of(units, price, new LiquidityFigures(source.HalfSpread, source.Kappa, sigma, source.AverageDailyVolume))
            : LiquidityAddOn.Of(units, 1.0, new LiquidityFigures(source.HalfSpread * Math.Abs(price), source.Kappa, sigma, source.AverageDailyVolume));
        return impact + LiquidityAddOn.OfVega(vega, source.VolHalfSpread, units, source.AverageDailyVolume);
    }
}
