using System.Numerics;
using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;
using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Engine.Risk;

/// <summary>
/// What an account needs (rulebook 8): per client of a gross omnibus account the model margin of each product group, offsets, the tool against procyclicality, add-ons;
/// then the account's share of its member's liquidity add-on, and the floors. Every sum runs in the order of client, product group and instrument id, so the same
/// positions give the same bits.
/// </summary>
internal sealed class RequirementCalculator(RiskModel model, ModelScenarios scenarios, InstrumentVectors vectors, AccountBuffer buffer, RequirementTrace? trace = null)
{
    private const double HourNs = 3_600_000_000_000.0;

    /// <param name="currency">The margin currency.</param>
    /// <param name="member">Whose group's underlyings are wrong way.</param>
    /// <param name="holdings">In any order; it does not matter to the result.</param>
    /// <param name="liquidity">The account's share, in the margin currency; 0 or more.</param>
    /// <exception cref="ArgumentException">An instrument without a mark, factor, volatility, rate or group, or a shock out of its model's range.</exception>
    internal Requirement Of(Currency currency, MemberId member, IEnumerable<MarginHolding> holdings, double liquidity)
    {
        var sums = new Sums { Liquidity = liquidity };
        foreach (var client in holdings.Where(h => h.Lots != 0).OrderBy(h => h.Client).ThenBy(h => h.Instrument.Id).GroupBy(h => h.Client))
        {
            Add(sums, currency, member, client.Key, GroupsOf(currency, client));
        }

        trace?.Sums.AddRange(sums.Amounts);
        trace?.Tiers = sums.Tiers;
        return sums.ToRequirement(currency) with { Buffered = buffer.Margins };
    }

    /// <summary>
    /// The margin without add-ons and floors, in the margin currency and unrounded: model margin, offsets and the tool against procyclicality. What back-tests compare losses
    /// with (rulebook 9). A scan has the short-option minimum within.
    /// </summary>
    /// <param name="currency">The margin currency.</param>
    /// <param name="holdings">In any order; it does not matter to the result.</param>
    /// <exception cref="ArgumentException">An instrument without a mark, factor, volatility, rate or group, or a shock out of its model's range.</exception>
    internal double ModelMarginOf(Currency currency, IEnumerable<MarginHolding> holdings)
    {
        var sums = new Sums();
        foreach (var client in holdings.Where(h => h.Lots != 0).OrderBy(h => h.Client).ThenBy(h => h.Instrument.Id).GroupBy(h => h.Client))
        {
            AddModel(sums, currency, client.Key, GroupsOf(currency, client));
        }

        return sums.Model + sums.Offsets + sums.Buffer + sums.StressedPeriod + sums.LongWindow;
    }

    private SortedDictionary<string, Group> GroupsOf(Currency currency, IEnumerable<MarginHolding> holdings)
    {
        var groups = new SortedDictionary<string, Group>(StringComparer.Ordinal);
        foreach (var holding in holdings)
        {
            var name = holding.Instrument.Definition.ProductGroup;
            if (!groups.TryGetValue(name, out var group))
            {
                groups.Add(name, group = new Group(model.GroupOf(name)));
                if (group.Model.Span is null)
                {
                    group.Scenarios = scenarios.Of(group.Model);
                    group.Gains = new double[group.Scenarios.Count];
                    group.Window = scenarios.WindowScenariosOf(group.Model);
                    group.WindowGains = group.Window is { } window ? new double[window.Count] : [];
                }
                else
                {
                    group.Gains = new double[SpanScanning.Standard.Count];
                }
            }

            group.Holdings.Add(holding);
            if (group.Model.Span is { } span)
            {
                RequireOneCurrency(name, group.Holdings[0].Instrument, holding.Instrument);
                Accumulate(group.Gains, vectors.ScanOf(holding.Instrument, currency, span.Ranges).Span, holding.Lots);
                continue;
            }

            Accumulate(group.Gains, vectors.Of(holding.Instrument, currency, group.Scenarios!).Span, holding.Lots);
            if (group.Window is not null)
            {
                Accumulate(group.WindowGains, vectors.Of(holding.Instrument, currency, group.Window).Span, holding.Lots);
            }
        }

        return groups;
    }

    /// <summary>total += lots x per lot. One scenario per lane: each scenario's sum keeps its order, so the bits are those of a plain loop.</summary>
    private static void Accumulate(double[] total, ReadOnlySpan<double> perLot, long lots)
    {
        var factor = (double)lots;
        var factors = new Vector<double>(factor);
        var i = 0;
        for (; i <= total.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            (new Vector<double>(total, i) + (factors * new Vector<double>(perLot[i..]))).CopyTo(total, i);
        }

        for (; i < total.Length; i++)
        {
            total[i] += factor * perLot[i];
        }
    }

    private static void RequireOneCurrency(string group, Instrument first, Instrument other)
    {
        if (first.Currency != other.Currency)
        {
            throw new ArgumentException($"product group {group} is scanned, which needs one currency; {first.Id} pays in {first.Currency.Code} and {other.Id} in {other.Currency.Code}", nameof(other));
        }
    }

    private void Add(Sums sums, Currency currency, MemberId member, ClientId client, SortedDictionary<string, Group> groups)
    {
        AddModel(sums, currency, client, groups);
        foreach (var (name, group) in groups)
        {
            var minimum = group.Model.Span is null ? Math.Max(0.0, MinimumOf(currency, group) - group.Margin) : 0.0;
            if (group.Model.Span is null)
            {
                sums.ShortOptionMinimum += minimum;
            }

            var pin = PinRiskOf(currency, group);
            sums.PinRisk += pin;
            ExactFraction? floor = null;
            if (group.Model.Tiers is { } tiers)
            {
                floor = tiers.MarginOf(NotionalOf(currency, group));
                sums.Tiers += floor.Value;
            }

            if (model.MaximumGearing is not null)
            {
                sums.GrossNotional += NotionalOf(currency, group);
            }

            trace?.AddOns.Add(new GroupAddOns(client, name, minimum, pin, floor is not null || model.MaximumGearing is not null ? NotionalOf(currency, group) : null, floor));
        }

        sums.WrongWay += WrongWayOf(currency, member, client, groups);
    }

    /// <summary>Offset sets first, then scanned groups, each with its tool.</summary>
    private void AddModel(Sums sums, Currency currency, ClientId client, SortedDictionary<string, Group> groups)
    {
        trace?.Groups.AddRange(groups.Select(g => new GroupTrace(client, g.Key, g.Value.Model, g.Value.Scenarios, g.Value.Holdings, g.Value.Gains)));
        AddRevalued(sums, currency, client, groups);
        foreach (var (name, group) in groups)
        {
            if (group.Model.Span is { } span)
            {
                AddScanned(sums, currency, client, name, group, span);
            }
        }
    }

    /// <summary>Fully revalued groups, with offsets and the tool of each offset set.</summary>
    private void AddRevalued(Sums sums, Currency currency, ClientId client, SortedDictionary<string, Group> groups)
    {
        List<RevaluedGroup> revalued = [];
        foreach (var (name, group) in groups)
        {
            if (group.Model.Span is null)
            {
                revalued.Add(new RevaluedGroup(name, SetOf(group.Model, currency, group.Scenarios!), group.Gains));
            }
        }

        foreach (var set in ModelMargin.Of(revalued))
        {
            var alone = 0.0;
            foreach (var (name, margin) in set.GroupMargins)
            {
                alone += margin;
                groups[name].Margin = margin;
            }

            sums.Model += alone;
            sums.Offsets += set.Margin - alone;
            var tool = groups[set.GroupMargins[0].Key].Model.Tool;
            var withTool = set.Margin;
            double? window = null;
            switch (tool)
            {
                case ProcyclicalityTool.Buffer25:
                    withTool = buffer.Of(client, [.. set.GroupMargins.Select(g => g.Key)], set.Margin);
                    sums.Buffer += withTool - set.Margin;
                    break;
                case ProcyclicalityTool.Stressed25:
                    window = WindowMarginOf(set, currency, groups);
                    withTool = Procyclicality.Stressed25(set.Margin, window.Value);
                    sums.StressedPeriod += withTool - set.Margin;
                    break;
                case ProcyclicalityTool.Floor10Years:
                    window = WindowMarginOf(set, currency, groups);
                    withTool = Procyclicality.Floor10Years(set.Margin, window.Value);
                    sums.LongWindow += withTool - set.Margin;
                    break;
                default:
                    break;
            }

            trace?.Sets.Add(new SetTrace(client, set, tool, withTool, window));
        }
    }

    private static OffsetSet SetOf(GroupModel group, Currency currency, ScenarioSet scenarios) =>
        new(group.Confidence, group.Settings.MporDays, currency.Code, group.DefaultFund, group.Measure, scenarios.Version);

    /// <summary>The margin of the same groups on the scenarios of their window, with the same offsets.</summary>
    private static double WindowMarginOf(OffsetSetMargin set, Currency currency, SortedDictionary<string, Group> groups)
    {
        List<RevaluedGroup> revalued = [];
        foreach (var (name, _) in set.GroupMargins)
        {
            var group = groups[name];
            if (group.Window is not { } window || group.Model.Tool != groups[set.GroupMargins[0].Key].Model.Tool)
            {
                throw new ArgumentException($"product groups {set.GroupMargins[0].Key} and {name} have the same scenarios and other tools against procyclicality; give them the same, or other default funds", nameof(set));
            }

            revalued.Add(new RevaluedGroup(name, SetOf(group.Model, currency, window), group.WindowGains));
        }

        var margin = 0.0;
        foreach (var window in ModelMargin.Of(revalued))
        {
            margin += window.Margin;
        }

        return margin;
    }

    private void AddScanned(Sums sums, Currency currency, ClientId client, string name, Group group, SpanModel span)
    {
        var scan = SpanScanning.Scan(group.Gains, SpanScanning.Standard);
        var charge = SpanScanning.CalendarSpreadCharge(DeltasOf(group), span.SpreadChargePerLot) * vectors.RateOf(group.Holdings[0].Instrument.Currency, currency);
        var minimum = MinimumOf(currency, group);
        group.Margin = SpanScanning.Margin(scan.ScanRisk, charge, minimum);
        sums.Model += group.Margin;
        var withTool = group.Margin;
        if (group.Model.Tool == ProcyclicalityTool.Buffer25)
        {
            withTool = buffer.Of(client, [name], group.Margin);
            sums.Buffer += withTool - group.Margin;
        }

        trace?.Scans.Add(new ScanTrace(client, name, scan, charge, minimum, group.Margin, withTool));
    }

    /// <summary>Net delta lots by expiry; an option on a future counts where the future expires.</summary>
    private List<ExpiryDelta> DeltasOf(Group group)
    {
        var deltas = new SortedDictionary<long, double>();
        foreach (var (instrument, _, lots) in group.Holdings)
        {
            var (expiry, perLot) = vectors.DeltaOf(instrument);
            deltas[expiry] = deltas.GetValueOrDefault(expiry) + (lots * perLot);
        }

        return [.. deltas.Select(d => new ExpiryDelta(d.Key.ToString(System.Globalization.CultureInfo.InvariantCulture), d.Value))];
    }

    private double MinimumOf(Currency currency, Group group)
    {
        if (group.Model.ShortOptionMinimum == 0.0)
        {
            return 0.0;
        }

        var minimum = 0.0;
        foreach (var paid in group.Holdings.Where(h => h.Instrument.Kind == InstrumentKind.Option).GroupBy(h => h.Instrument.Currency).OrderBy(g => g.Key))
        {
            minimum += ShortOptionMinimum.Of(group.Model.ShortOptionMinimum, [.. paid.Select(h => h.Lots)]) * vectors.RateOf(paid.Key, currency);
        }

        return minimum;
    }

    private double PinRiskOf(Currency currency, Group group)
    {
        if (group.Model.Pin is not { } pin)
        {
            return 0.0;
        }

        var addOn = 0.0;
        var expiring = group.Holdings.Where(h => h.Instrument.Kind == InstrumentKind.Option && h.Instrument.Expiry - vectors.At <= pin.Hours * HourNs);
        foreach (var paid in expiring.GroupBy(h => h.Instrument.Currency).OrderBy(g => g.Key))
        {
            // The figures of the library are in the options' own currency.
            var gains = new double[group.Gains.Length];
            List<Holding> held = [];
            foreach (var (instrument, _, lots) in paid)
            {
                held.Add(new Holding(vectors.RiskOf(instrument), lots));
                Accumulate(gains, group.Model.Span is { } span ? vectors.ScanOf(instrument, paid.Key, span.Ranges).Span : vectors.Of(instrument, paid.Key, group.Scenarios!).Span, lots);
            }

            var margin = group.Model.Span is null ? TailRisk.Of(gains, group.Model.Confidence).Of(group.Model.Measure) : SpanScanning.Scan(gains, SpanScanning.Standard).ScanRisk;
            addOn += PinRiskAddOn.Of(held, pin.Band, margin) * vectors.RateOf(paid.Key, currency);
        }

        return addOn;
    }

    /// <summary>Of the whole group, gross, in the margin currency.</summary>
    private decimal NotionalOf(Currency currency, Group group)
    {
        var notional = 0m;
        foreach (var (instrument, _, lots) in group.Holdings)
        {
            var own = Math.Abs((decimal)lots) * vectors.NotionalPerLotOf(instrument);
            notional += instrument.Currency == currency ? own : own * (decimal)vectors.RateOf(instrument.Currency, currency);
        }

        return notional;
    }

    private double WrongWayOf(Currency currency, MemberId member, ClientId client, SortedDictionary<string, Group> groups)
    {
        if (model.WrongWay is not { } wrongWay || !wrongWay.Members.TryGetValue(member.Value, out var underlyings))
        {
            return 0.0;
        }

        var addOn = 0.0;
        foreach (var underlying in underlyings.Order(StringComparer.Ordinal))
        {
            var value = 0.0;
            foreach (var group in groups.Values)
            {
                foreach (var (instrument, _, lots) in group.Holdings)
                {
                    if (instrument.Underlying.Value == underlying)
                    {
                        value += lots * (vectors.SensitivityOf(instrument).Value * vectors.RateOf(instrument.Currency, currency));
                    }
                }
            }

            var one = WrongWayAddOn.Of(wrongWay.Shock, value);
            addOn += one;
            trace?.WrongWay.Add(new WrongWayTrace(client, underlying, value, wrongWay.Shock, one));
        }

        return addOn;
    }

    /// <summary>A product group of one client.</summary>
    private sealed class Group(GroupModel model)
    {
        internal GroupModel Model { get; } = model;

        internal List<MarginHolding> Holdings { get; } = [];

        /// <summary>Null if scanned.</summary>
        internal ScenarioSet? Scenarios { get; set; }

        /// <summary>One per scenario, or per move of a scan.</summary>
        internal double[] Gains { get; set; } = [];

        /// <summary>Null without a tool that needs it.</summary>
        internal ScenarioSet? Window { get; set; }

        internal double[] WindowGains { get; set; } = [];

        /// <summary>Before offsets.</summary>
        internal double Margin { get; set; }
    }

    /// <summary>The account's figures, in the margin currency.</summary>
    private sealed class Sums
    {
        internal double Model { get; set; }

        internal double Offsets { get; set; }

        internal double Buffer { get; set; }

        internal double StressedPeriod { get; set; }

        internal double LongWindow { get; set; }

        internal double ShortOptionMinimum { get; set; }

        internal double PinRisk { get; set; }

        internal double WrongWay { get; set; }

        internal double Liquidity { get; set; }

        internal ExactFraction Tiers { get; set; } = ExactFraction.Zero;

        internal decimal GrossNotional { get; set; }

        /// <summary>In the order in which they are summed.</summary>
        internal (string Name, double Amount)[] Amounts =>
        [
            ("model", Model), ("offsets", Offsets), ("buffer", Buffer), ("stressed_period", StressedPeriod), ("long_window", LongWindow), ("short_option_minimum", ShortOptionMinimum),
            ("pin_risk", PinRisk), ("wrong_way", WrongWay), ("liquidity", Liquidity),
        ];

        /// <summary>Rounded once, in the total; the parts are shown to the minor unit, and the first takes what that leaves.</summary>
        internal Requirement ToRequirement(Currency currency)
        {
            var others = Amounts[1..];
            var sum = Model;
            foreach (var (_, amount) in others)
            {
                sum += amount;
            }

            var total = RequirementMoney.Of(sum, currency).MinorUnits;
            var first = total;
            List<RequirementPart> parts = [];
            foreach (var (name, amount) in others)
            {
                var minor = RequirementMoney.Of(amount, currency).MinorUnits;
                if (minor != 0)
                {
                    parts.Add(new RequirementPart(name, minor));
                    first = checked(first - minor);
                }
            }

            parts.Insert(0, new RequirementPart("model", first));
            var floor = Math.Max(0L, checked(Tiers.RoundUp(currency).MinorUnits - total));
            if (floor > 0)
            {
                parts.Add(new RequirementPart("floor", floor));
            }

            return new Requirement(checked(total + floor), parts, GrossNotional);
        }
    }
}
