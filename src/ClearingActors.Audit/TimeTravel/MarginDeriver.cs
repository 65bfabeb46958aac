using System.Globalization;
using ClearingActors.Domain;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine;
using ClearingActors.Engine.Actors;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Risk;
using ClearingActors.Risk.Margin;
using static ClearingActors.Audit.TimeTravel.AuditText;
using Coverage = ClearingActors.Domain.Margin.Coverage;

namespace ClearingActors.Audit.TimeTravel;

/// <summary>
/// Derives an assessment at the turn that recorded it: by the canonical routine with the run's inputs and the account as the run found it, and then once more by adding up,
/// outside the routine, what the routine says that it added.
/// </summary>
internal sealed class MarginDeriver
{
    private readonly HouseDirectory _directory;
    private readonly AccountState _account;
    private readonly MarginInputs _inputs;
    private readonly MarginAssessed _recorded;
    private readonly MarginCalculator _calculator;
    private readonly IReadOnlyList<BufferedMargin>? _previous;
    private readonly RequirementTrace _trace = new();
    private readonly Requirement _requirement;
    private readonly List<CheckDerivation> _checks = [];

    /// <param name="account">As the run found it.</param>
    /// <param name="directory">Of its shard, as the run found it.</param>
    /// <param name="calculator">With the run's inputs.</param>
    /// <param name="liquidity">What the run measured of members.</param>
    /// <param name="previous">What a released buffer compares with.</param>
    /// <param name="inputs">The run's.</param>
    /// <param name="recorded">What the run recorded of the account.</param>
    /// <exception cref="ArgumentException">It cannot be computed.</exception>
    internal MarginDeriver(
        AccountState account,
        HouseDirectory directory,
        MarginCalculator calculator,
        IReadOnlyDictionary<(MemberId Member, string Underlying), MemberCharge> liquidity,
        IReadOnlyList<BufferedMargin>? previous,
        MarginInputs inputs,
        MarginAssessed recorded)
    {
        _account = account;
        _directory = directory;
        _calculator = calculator;
        _inputs = inputs;
        _recorded = recorded;
        _previous = calculator.BufferReleased ? previous : null;
        _requirement = calculator.RequirementOf(Currency, account.Member, [.. MarginCalculator.HoldingsOf(account, directory)], liquidity, previous, _trace);
    }

    /// <summary>Of an account of a replayed house.</summary>
    /// <param name="scope">Its shard, as the run found it.</param>
    /// <param name="account">As the run found it.</param>
    /// <param name="inputs">The run's.</param>
    /// <param name="recorded">What the run recorded of the account.</param>
    /// <exception cref="ArgumentException">It cannot be computed.</exception>
    /// <exception cref="FormatException">The model's parameters are malformed.</exception>
    internal static MarginDeriver Of(EngineScope scope, AccountActor account, MarginInputs inputs, MarginAssessed recorded) =>
        new(account.State, scope.Directory, scope.Calculator(inputs.Marks, inputs.At, inputs.Collateral), scope.Liquidity, account.PreviousBuffered(), inputs, recorded);

    private Currency Currency => _account.MarginCurrency;

    /// <summary>The derivation.</summary>
    /// <param name="issued">The call that the run issued upon it; null for none.</param>
    internal MarginDerivation Derive(MarginCallIssued? issued)
    {
        Same("model", _inputs.ModelVersion, _calculator.ModelVersion);
        Same("scenario sets", _inputs.ScenarioSet, _calculator.ScenarioVersion);
        Same("25 % buffer released", $"{_inputs.BufferReleased}", $"{_calculator.BufferReleased}");
        var groups = _trace.Groups.Select(OfGroup).ToList();
        var offsets = _trace.Sets.Select(OfSet).Concat(_trace.Scans.Where(s => s.WithTool != s.Margin).Select(OfScan)).ToList();
        CheckSums();
        var sums = OfSums(out var unrounded, out var rounded);
        var collateral = _calculator.CollateralOf(_account, _directory, _requirement.TotalMinor);
        Money("collateral, item by item", _recorded.Coverage.Collateral, collateral.Lines.Sum(l => l.CountedMinor));
        var accrued = OfPositions();
        var coverage = _recorded.Coverage;
        return new MarginDerivation
        {
            Account = _account.Id.Value,
            Member = _account.Member.Value,
            Segregation = Words(_account.Segregation),
            Currency = Currency.Code,
            Run = new RunDerivation(
                _inputs.Run, TimeOrNull(_inputs.At), Words(_inputs.Cause), _inputs.By, _inputs.ModelVersion, _inputs.ScenarioSet, _inputs.BufferReleased,
                _inputs.Marks.Where(m => _directory.TryGetInstrument(m.Instrument, out _)).ToDictionary(m => m.Instrument.Value, m => PriceOf(m))),
            Holdings = [.. _trace.Groups.SelectMany(g => g.Holdings).Select(OfHolding)],
            Groups = groups,
            Offsets = offsets,
            AddOns = [.. OfAddOns()],
            Liquidity = [.. _trace.Liquidity.Select(l => new LiquidityDerivation(l.Underlying, l.Own, l.Figure, l.Measured?.AddOn, (decimal?)l.Measured?.Figures, l.Rate, l.Share))],
            Sums = sums,
            Unrounded = unrounded,
            Rounded = Decimal(rounded, Currency.Digits),
            FloorByNotional = _trace.Tiers.RoundUp(Currency).ToDecimal(),
            Recorded = AccountPictures.Of(_recorded.Run, _recorded.At, coverage, _recorded.Parts, _recorded.GearingExceeded, Currency),
            Collateral = [.. collateral.Lines.Select(l => AccountPictures.Of(l, Currency))],
            Accrued = accrued,
            Unpaid = [.. _account.UnbookedVariationMargin.Select(u => new UnbookedPicture(Words(u.Type), u.Currency.Code, new Money(u.AmountMinor, u.Currency).ToDecimal()))],
            Call = issued is { } call ? OfCall(call) : OfNoCall(),
            Checks = _checks,
        };
    }

    private decimal PriceOf(PricePoint mark) => _directory.TryGetInstrument(mark.Instrument, out var listed) ? listed.Instrument.ToPrice(mark.Units) : 0m;

    private HoldingDerivation OfHolding(MarginHolding held)
    {
        var risk = _calculator.Vectors.RiskOf(held.Instrument);
        var sensitivity = _calculator.Vectors.SensitivityOf(held.Instrument);
        var option = risk as OptionRisk;
        return new HoldingDerivation(
            held.Instrument.Id.Value,
            held.Client.Value,
            held.Lots,
            held.Instrument.ToPrice(_calculator.Vectors.MarkOf(held.Instrument)),
            risk.Price,
            option?.Terms.Volatility,
            option?.Terms.ExpiryYears,
            held.Lots * sensitivity.Units,
            option is null ? null : held.Lots * sensitivity.Vega);
    }

    private GroupDerivation OfGroup(GroupTrace group) => group.Scenarios is null ? OfScanned(group) : OfRevalued(group);

    /// <summary>The tail is sorted and summed here once more; the gains of the scenarios in it are added up position by position.</summary>
    private GroupDerivation OfRevalued(GroupTrace group)
    {
        var scenarios = group.Scenarios!;
        var dates = _calculator.DatesOf(group.Model);
        var count = TailRisk.CountOf(scenarios.Count, group.Model.Confidence);
        var perLot = group.Holdings.Select(h => _calculator.Vectors.Of(h.Instrument, Currency, scenarios)).ToList();
        var factors = group.Holdings.Select(h => _calculator.Vectors.RiskOf(h.Instrument)).SelectMany(FactorsOf).Distinct().Order().ToList();
        List<TailScenario> tail = [];
        var sum = 0.0;
        foreach (var i in Enumerable.Range(0, scenarios.Count).OrderBy(i => group.Gains[i]).ThenBy(i => i).Take(count))
        {
            var (gains, gain) = GainsOf(group, perLot, i);
            sum += -gain;
            tail.Add(new TailScenario(i, i < dates.Count ? Date(dates[i]) : $"{i}", factors.ToDictionary(f => f.ToString(), f => scenarios[f].Shocks[i]), gains, gain, -gain));
        }

        var (atRisk, shortfall) = (Math.Max(0.0, tail[^1].Loss), Math.Max(0.0, sum / count));
        var margin = group.Model.Measure == RiskMeasure.ExpectedShortfall ? shortfall : atRisk;
        var set = _trace.Sets.SelectMany(s => s.Margin.GroupMargins.Where(m => s.Client == group.Client && m.Key == group.Name)).Single();
        Same($"margin of group {NameOf(group.Client, group.Name)}: the mean of the tail, or its least loss", set.Value, margin);
        return new GroupDerivation(
            group.Client.Value, group.Name, "full revaluation", Words(group.Model.Measure), group.Model.Confidence, group.Model.Settings.MporDays, scenarios.Count,
            [.. group.Holdings.Select(h => h.Instrument.Id.Value)], tail, atRisk, 0.0, 0.0, margin);
    }

    private static IEnumerable<ClearingActors.Risk.Scenarios.RiskFactorId> FactorsOf(InstrumentRisk risk)
    {
        yield return risk.Factor;
        if (risk is OptionRisk { Terms.VolatilityFactor: { } own })
        {
            yield return own;
        }
    }

    private GroupDerivation OfScanned(GroupTrace group)
    {
        var scan = _trace.Scans.Single(s => s.Client == group.Client && s.Name == group.Name);
        var ranges = group.Model.Span!.Ranges;
        var perLot = group.Holdings.Select(h => _calculator.Vectors.ScanOf(h.Instrument, Currency, ranges)).ToList();
        List<TailScenario> moves = [];
        for (var i = 0; i < SpanScanning.Standard.Count; i++)
        {
            var (price, volatility, weight) = SpanScanning.Standard[i];
            var (gains, gain) = GainsOf(group, perLot, i);
            var name = string.Create(CultureInfo.InvariantCulture, $"price {price:+0.##;-0.##;0} of the range, volatility {(volatility > 0 ? "up" : volatility < 0 ? "down" : "as is")}{(weight == 1 ? "" : $", weight {weight}")}");
            moves.Add(new TailScenario(
                i, name, new Dictionary<string, double> { ["price"] = price * ranges.PriceScanRange, ["volatility"] = volatility * ranges.VolScanRange }, gains, gain, weight * -gain));
        }

        var risk = Math.Max(0.0, moves.Max(m => m.Loss));
        Same($"scan of group {NameOf(group.Client, group.Name)}: the largest loss", scan.Scan.ScanRisk, risk);
        var margin = Math.Max(risk + scan.SpreadCharge, scan.Minimum);
        Same($"margin of group {NameOf(group.Client, group.Name)}: scan risk and spread charge, at least the minimum", scan.Margin, margin);
        return new GroupDerivation(
            group.Client.Value, group.Name, "scan", "largest loss", 0.0, 0.0, moves.Count, [.. group.Holdings.Select(h => h.Instrument.Id.Value)], [.. moves.OrderByDescending(m => m.Loss)],
            0.0, scan.SpreadCharge, scan.Minimum, margin);
    }

    private (List<double> Gains, double Gain) GainsOf(GroupTrace group, List<ReadOnlyMemory<double>> perLot, int scenario)
    {
        List<double> gains = [.. group.Holdings.Select((h, n) => (double)h.Lots * perLot[n].Span[scenario])];
        var gain = 0.0;
        foreach (var one in gains)
        {
            gain += one;
        }

        if (gain != group.Gains[scenario])
        {
            Same($"gain of group {NameOf(group.Client, group.Name)} in scenario {scenario}, position by position", group.Gains[scenario], gain);
        }

        return (gains, gain);
    }

    private OffsetDerivation OfSet(SetTrace set)
    {
        var alone = 0.0;
        foreach (var group in set.Margin.GroupMargins)
        {
            alone += Math.Max(0.0, group.Value);
        }

        var offset = alone - (GroupOffset.Allowance * Math.Max(0.0, alone - Math.Max(0.0, set.Margin.JointMargin)));
        var names = set.Margin.GroupMargins.Select(g => g.Key).ToList();
        var what = NameOf(set.Client, string.Join(" + ", names));
        Same($"offsets of {what}", set.Margin.Margin, offset);
        var previous = _previous?.Where(b => b.Client == set.Client && b.Groups.Any(names.Contains)).Sum(b => b.Margin);
        Same($"{(set.Tool == ProcyclicalityTool.None ? "margin" : Words(set.Tool))} of {what}", set.WithTool, WithTool(set.Tool, offset, set.Window, previous));
        return new OffsetDerivation(
            set.Client.Value, set.Margin.GroupMargins.ToDictionary(g => g.Key, g => g.Value), set.Margin.JointMargin, offset, set.Tool == ProcyclicalityTool.None ? "" : Words(set.Tool),
            set.Window, set.Tool == ProcyclicalityTool.Buffer25 ? previous : null, set.WithTool);
    }

    private OffsetDerivation OfScan(ScanTrace scan)
    {
        var previous = _previous?.Where(b => b.Client == scan.Client && b.Groups.Contains(scan.Name)).Sum(b => b.Margin);
        Same($"buffer25 of {NameOf(scan.Client, scan.Name)}", scan.WithTool, WithTool(ProcyclicalityTool.Buffer25, scan.Margin, null, previous));
        return new OffsetDerivation(
            scan.Client.Value, new Dictionary<string, double> { [scan.Name] = scan.Margin }, scan.Margin, scan.Margin, Words(ProcyclicalityTool.Buffer25), null, previous, scan.WithTool);
    }

    /// <summary>Rulebook 8.4.</summary>
    private static double WithTool(ProcyclicalityTool tool, double margin, double? window, double? previous) => tool switch
    {
        ProcyclicalityTool.Buffer25 => previous is { } before ? Math.Min(1.25 * margin, Math.Max(margin, before)) : 1.25 * margin,
        ProcyclicalityTool.Stressed25 => Math.Max(margin, (0.75 * margin) + (0.25 * window!.Value)),
        ProcyclicalityTool.Floor10Years => Math.Max(margin, window!.Value),
        _ => margin,
    };

    /// <summary>The parts that groups, sets and add-ons make, added up in the order of the routine.</summary>
    private void CheckSums()
    {
        double model = 0.0, offsets = 0.0, buffer = 0.0, stressed = 0.0, longWindow = 0.0;
        foreach (var client in _trace.Groups.Select(g => g.Client).Distinct())
        {
            foreach (var set in _trace.Sets.Where(s => s.Client == client))
            {
                var alone = 0.0;
                foreach (var group in set.Margin.GroupMargins)
                {
                    alone += group.Value;
                }

                model += alone;
                offsets += set.Margin.Margin - alone;
                var more = set.WithTool - set.Margin.Margin;
                buffer += set.Tool == ProcyclicalityTool.Buffer25 ? more : 0.0;
                stressed += set.Tool == ProcyclicalityTool.Stressed25 ? more : 0.0;
                longWindow += set.Tool == ProcyclicalityTool.Floor10Years ? more : 0.0;
            }

            foreach (var scan in _trace.Scans.Where(s => s.Client == client))
            {
                model += scan.Margin;
                buffer += scan.WithTool - scan.Margin;
            }
        }

        Sum("model", model);
        Sum("offsets", offsets);
        Sum("buffer", buffer);
        Sum("stressed_period", stressed);
        Sum("long_window", longWindow);
        Sum("short_option_minimum", Plus(_trace.AddOns.Select(a => a.ShortOptionMinimum)));
        Sum("pin_risk", Plus(_trace.AddOns.Select(a => a.PinRisk)));
        Sum("wrong_way", Plus(_trace.Groups.Select(g => g.Client).Distinct().Select(c => Plus(_trace.WrongWay.Where(w => w.Client == c).Select(w => w.AddOn)))));
        Sum("liquidity", Plus(_trace.Liquidity.Select(l => l.Share)));
        var tiers = ExactFraction.Zero;
        foreach (var floor in _trace.AddOns)
        {
            tiers += floor.Tiers ?? ExactFraction.Zero;
        }

        Same("floor by notional, group by group", $"{_trace.Tiers}", $"{tiers}");
    }

    private void Sum(string name, double computed) => Same($"part {name} before rounding", _trace.Sums.Single(s => s.Name == name).Amount, computed);

    private static double Plus(IEnumerable<double> amounts)
    {
        var sum = 0.0;
        foreach (var amount in amounts)
        {
            sum += amount;
        }

        return sum;
    }

    private List<SumDerivation> OfSums(out double unrounded, out long rounded)
    {
        unrounded = Plus(_trace.Sums.Select(s => s.Amount));
        rounded = RequirementMoney.Of(unrounded, Currency).MinorUnits;
        var floor = Math.Max(0L, _trace.Tiers.RoundUp(Currency).MinorUnits - rounded);
        Money("requirement: the parts rounded up together, at least the floor by notional", _recorded.Coverage.Requirement, rounded + floor);
        Money("requirement: the recorded parts", _recorded.Coverage.Requirement, _recorded.Parts.Sum(p => p.AmountMinor));
        var others = 0L;
        List<SumDerivation> sums = [];
        foreach (var (name, amount) in _trace.Sums.Skip(1))
        {
            var minor = RequirementMoney.Of(amount, Currency).MinorUnits;
            others += minor;
            Part(name, minor);
            if (minor != 0)
            {
                sums.Add(new SumDerivation(name, amount, Decimal(RecordedPart(name), Currency.Digits)));
            }
        }

        Part("model", rounded - others);
        Part("floor", floor);
        sums.Insert(0, new SumDerivation("model", _trace.Sums[0].Amount, Decimal(RecordedPart("model"), Currency.Digits)));
        return sums;
    }

    private void Part(string name, long minor) => Money($"part {name}", RecordedPart(name), minor);

    private long RecordedPart(string name) => _recorded.Parts.Where(p => p.Name == name).Sum(p => p.AmountMinor);

    private IEnumerable<AddOnDerivation> OfAddOns()
    {
        foreach (var group in _trace.AddOns)
        {
            if (group.ShortOptionMinimum != 0.0)
            {
                yield return new AddOnDerivation("short_option_minimum", group.Client.Value, group.Name, "what the minimum per short lot is beyond the group's margin", group.ShortOptionMinimum);
            }

            if (group.PinRisk != 0.0)
            {
                yield return new AddOnDerivation("pin_risk", group.Client.Value, group.Name, "the largest loss at expiry payoffs beyond the expiring positions' margin", group.PinRisk);
            }

            if (group.Tiers is { } tiers)
            {
                yield return new AddOnDerivation("floor by notional", group.Client.Value, group.Name, $"brackets of a notional of {Plain(group.Notional ?? 0m)}", (double)tiers.Numerator / (double)tiers.Denominator);
            }
        }

        foreach (var w in _trace.WrongWay)
        {
            yield return new AddOnDerivation("wrong_way", w.Client.Value, w.Underlying, string.Create(CultureInfo.InvariantCulture, $"shock {w.Shock} x delta-equivalent value {w.Value:N2}, at least 0"), w.AddOn);
        }
    }

    /// <summary>Rulebook 8.7: exact sums by currency, converted once.</summary>
    private List<AccruedDerivation> OfPositions()
    {
        var conversion = new MarginConversion(Currency, _calculator.CollateralTerms, _calculator.CollateralPrices);
        SortedDictionary<Currency, ExactAmount> accrued = [], options = [], premium = [];
        List<AccruedDerivation> shown = [];
        foreach (var position in _account.SortedPositions())
        {
            var instrument = _directory.TryGetInstrument(position.Key.Instrument, out var listed) ? listed.Instrument : throw new ArgumentException($"instrument {position.Key.Instrument} is not defined");
            var unsettled = position.Older.Cycle != 0 || position.Newer.Cycle != 0;
            if (position.Valuation.Style == Domain.Instruments.ValuationStyle.Premium)
            {
                Add("premium", premium, instrument.AmountOf(-(position.Older.Cost + position.Newer.Cost)));
                if (position.Quantity != 0)
                {
                    Add("option value", options, instrument.AmountOf((Int128)position.Quantity * _calculator.Vectors.MarkOf(instrument)));
                }
            }
            else if (unsettled || position.SettledQuantity != 0)
            {
                Add("variation margin", accrued, instrument.AmountOf(position.AccruedOf(_calculator.Vectors.MarkOf(instrument))));
            }

            void Add(string what, SortedDictionary<Currency, ExactAmount> sums, ExactAmount amount)
            {
                sums[instrument.Currency] = sums.GetValueOrDefault(instrument.Currency) + amount;
                if (!amount.IsZero)
                {
                    shown.Add(new AccruedDerivation(
                        instrument.Id.Value, position.Key.Client.Value, position.Quantity, instrument.ToPrice(_calculator.Vectors.MarkOf(instrument)),
                        position.SettledQuantity != 0 ? instrument.ToPrice(position.ReferenceUnits) : null, what, $"{amount}", instrument.Currency.Code));
                }
            }
        }

        var unpaid = 0L;
        foreach (var amount in _account.UnbookedVariationMargin)
        {
            var booked = ExactAmount.From(new Money(amount.AmountMinor, amount.Currency));
            if (amount.Type == CashEntryType.Premium)
            {
                premium[amount.Currency] = premium.GetValueOrDefault(amount.Currency) + booked;
            }
            else if (amount.AmountMinor < 0)
            {
                unpaid -= conversion.Of(ExactFraction.From(booked), amount.Currency);
            }
        }

        var (gains, losses) = Converted(accrued, conversion);
        var (longs, shorts) = Converted(options, conversion);
        var (receivable, payable) = Converted(premium, conversion);
        Money("accrued variation margin, position by position", _recorded.Coverage.AccruedVariationMargin, losses < 0 ? losses : gains);
        Money("net option value, position by position", _recorded.Coverage.NetOptionValue, longs + shorts);
        Money("premium receivable", _recorded.Coverage.PremiumReceivable, receivable);
        Money("premium payable", _recorded.Coverage.PremiumPayable, -payable);
        Money("unpaid", _recorded.Coverage.Unpaid, unpaid);
        return shown;
    }

    private static (long Gains, long Losses) Converted(SortedDictionary<Currency, ExactAmount> sums, MarginConversion conversion)
    {
        long gains = 0, losses = 0;
        foreach (var (currency, amount) in sums)
        {
            var converted = conversion.Of(ExactFraction.From(amount), currency);
            gains += Math.Max(0, converted);
            losses += Math.Min(0, converted);
        }

        return (gains, losses);
    }

    /// <summary>Rulebook 8.8.</summary>
    private CallDerivation OfCall(in MarginCallIssued issued)
    {
        var call = ExpectedCall(issued.Number);
        Money("margin call", issued.AmountMinor, call.AmountMinor);
        Same("deadline of the call", Time(issued.Deadline), Time(call.Deadline));
        return OfCall(call, issued.Deadline);
    }

    /// <summary>Where nothing was called, nothing may have been due.</summary>
    private CallDerivation? OfNoCall()
    {
        Money("margin call: none", 0, ExpectedCall(0).AmountMinor);
        return null;
    }

    private (long Number, long Excess, long Open, long AmountMinor, long Deadline) ExpectedCall(long number)
    {
        var terms = _calculator.TermsOf(Currency);
        var coverage = _recorded.Coverage;
        var optionValue = Math.Min(coverage.NetOptionValue + coverage.PremiumReceivable - coverage.PremiumPayable, coverage.Requirement);
        var excess = coverage.Collateral + optionValue + Math.Min(0, coverage.AccruedVariationMargin) - coverage.Unpaid - coverage.Requirement;
        Money("excess", coverage.Excess, excess);
        var open = _account.Margin?.OpenMinor ?? 0;
        var missing = Math.Max(0, -excess - open);
        var due = excess < -terms.MinimumTransferMinor && missing > 0;
        var units = (missing + terms.CallUnitMinor - 1) / terms.CallUnitMinor;
        return (number, excess, open, due ? units * terms.CallUnitMinor : 0, terms.DeadlineOf(_recorded.At));
    }

    private CallDerivation OfCall((long Number, long Excess, long Open, long AmountMinor, long Deadline) call, long deadline)
    {
        var terms = _calculator.TermsOf(Currency);
        return new CallDerivation(
            call.Number,
            Decimal(-call.Excess, Currency.Digits),
            Decimal(call.Open, Currency.Digits),
            Decimal(-call.Excess - call.Open, Currency.Digits),
            Decimal(terms.MinimumTransferMinor, Currency.Digits),
            Decimal(terms.CallUnitMinor, Currency.Digits),
            Decimal(call.AmountMinor, Currency.Digits),
            TimeOrNull(_recorded.At),
            TimeOrNull(deadline));
    }

    private static string NameOf(ClientId client, string group) => client.IsNone ? group : $"{group} of {client}";

    private void Same(string what, string recorded, string computed) => _checks.Add(new CheckDerivation(what, recorded, computed, recorded == computed));

    /// <summary>Equal to the last bit: the same sums in the same order.</summary>
    private void Same(string what, double recorded, double computed) => _checks.Add(
        new CheckDerivation(what, recorded.ToString("R", CultureInfo.InvariantCulture), computed.ToString("R", CultureInfo.InvariantCulture), recorded == computed));

    private void Money(string what, long recorded, long computed) => _checks.Add(new CheckDerivation(what, Amount(recorded, Currency), Amount(computed, Currency), recorded == computed));
}
