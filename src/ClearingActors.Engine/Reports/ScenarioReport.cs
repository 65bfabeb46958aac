using System.Globalization;
using ClearingActors.Domain;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Actors;
using ClearingActors.Engine.Risk;
using ClearingActors.Risk.Margin;

namespace ClearingActors.Engine.Reports;

/// <summary>
/// What an account's positions gain and lose in the scenarios behind its requirement (rulebook 8.1 to 8.3): by the canonical routine, at the newest marks. Risk figures, in units of
/// the margin currency.
/// </summary>
/// <param name="Currency">The margin currency.</param>
/// <param name="At">UTC ns of business time that it is computed for.</param>
/// <param name="Failure">Why it cannot be computed; empty if it could be.</param>
public sealed record ScenarioReport(Currency Currency, long At, string Failure)
{
    /// <summary>SHA-256 of the model's parameters, in hexadecimal.</summary>
    public string ModelVersion { get; private init; } = "";

    /// <summary>SHA-256 of the scenario sets, in hexadecimal.</summary>
    public string ScenarioVersion { get; private init; } = "";

    /// <summary>The product groups, by client in gross omnibus accounts; the largest margin first.</summary>
    public IReadOnlyList<GroupFigures> Groups { get; private init; } = [];

    /// <summary>The scenarios of the group that was asked for; null if the account has none of this name.</summary>
    public GroupScenarios? Selected { get; private init; }

    /// <param name="scope">The account's shard.</param>
    /// <param name="account">The account.</param>
    /// <param name="group">The product group whose scenarios are wanted; empty for the one with the largest margin.</param>
    /// <param name="client">Its client in gross omnibus accounts; else none.</param>
    internal static ScenarioReport? Of(EngineScope scope, AccountId account, string group, ClientId client)
    {
        if (scope.Accounts.Find(a => a.State.Id == account) is not { } actor)
        {
            return null;
        }

        var at = scope.Directory.BusinessTime;
        try
        {
            return Of(scope, actor, at, group, client);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            return new ScenarioReport(actor.State.MarginCurrency, at, e.Message);
        }
    }

    private static ScenarioReport Of(EngineScope scope, AccountActor actor, long at, string group, ClientId client)
    {
        var account = actor.State;
        var calculator = scope.Calculator(scope.NewestMarks(), at);
        var trace = new RequirementTrace();
        calculator.RequirementOf(account.MarginCurrency, account.Member, [.. MarginCalculator.HoldingsOf(account, scope.Directory)], scope.Liquidity, actor.PreviousBuffered(), trace);
        List<(GroupTrace Trace, GroupFigures Figures)> groups = [.. trace.Groups.Select(t => (t, FiguresOf(t, trace)))];
        groups.Sort(static (a, b) => b.Figures.Margin.CompareTo(a.Figures.Margin) is var byMargin and not 0 ? byMargin
            : string.CompareOrdinal(a.Figures.Group, b.Figures.Group) is var byGroup and not 0 ? byGroup : a.Figures.Client.CompareTo(b.Figures.Client));
        var index = group.Length == 0 ? 0 : groups.FindIndex(g => g.Figures.Group == group && g.Figures.Client == client);
        return new ScenarioReport(account.MarginCurrency, at, "")
        {
            ModelVersion = calculator.ModelVersion,
            ScenarioVersion = calculator.ScenarioVersion,
            Groups = [.. groups.Select(g => g.Figures)],
            Selected = index >= 0 && index < groups.Count ? ScenariosOf(calculator, groups[index].Trace, groups[index].Figures, trace) : null,
        };
    }

    private static GroupFigures FiguresOf(GroupTrace group, RequirementTrace trace)
    {
        var isScanned = group.Scenarios is null;
        var margin = isScanned
            ? trace.Scans.Single(s => s.Client == group.Client && s.Name == group.Name).Margin
            : trace.Sets.Where(s => s.Client == group.Client).SelectMany(s => s.Margin.GroupMargins).Single(m => m.Key == group.Name).Value;
        return new GroupFigures(group.Client, group.Name, isScanned, group.Gains.Count, group.Holdings.Count, margin)
        {
            Measure = isScanned ? null : group.Model.Measure,
            Confidence = isScanned ? 0 : group.Model.Confidence,
            Days = isScanned ? 0 : group.Model.Settings.MporDays,
        };
    }

    private static GroupScenarios ScenariosOf(MarginCalculator calculator, GroupTrace group, GroupFigures figures, RequirementTrace trace)
    {
        double[] gains = [.. group.Gains];
        if (figures.IsScanned)
        {
            var scan = trace.Scans.Single(s => s.Client == group.Client && s.Name == group.Name);
            var weighted = gains.Select((gain, i) => SpanScanning.Standard[i].Weight * gain).ToArray();
            return new GroupScenarios(figures, gains)
            {
                Labels = [.. SpanScanning.Standard.Select(LabelOf)],
                Tail = [Array.IndexOf(weighted, weighted.Min())],
                ValueAtRisk = scan.Scan.ScanRisk,
                SpreadCharge = scan.SpreadCharge,
                Minimum = scan.Minimum,
            };
        }

        var tail = TailRisk.Of(gains, group.Model.Confidence);
        return new GroupScenarios(figures, gains)
        {
            Dates = calculator.DatesOf(group.Model),
            Tail = [.. Enumerable.Range(0, gains.Length).OrderBy(i => gains[i]).ThenBy(i => i).Take(tail.TailCount)],
            ValueAtRisk = tail.ValueAtRisk,
            ExpectedShortfall = tail.ExpectedShortfall,
        };
    }

    private static string LabelOf(SpanScenario move)
    {
        var (price, volatility, weight) = move;
        var turn = volatility > 0 ? "up" : volatility < 0 ? "down" : "as is";
        return string.Create(CultureInfo.InvariantCulture, $"price {price:+0.##;-0.##;0} of the range, volatility {turn}{(weight == 1 ? "" : $", weight {weight}")}");
    }
}

/// <summary>A product group of an account.</summary>
/// <param name="Client">In gross omnibus accounts; else none.</param>
/// <param name="Group">Its name.</param>
/// <param name="IsScanned">True for SPAN-style scanning, whose scenarios are moves.</param>
/// <param name="Scenarios">How many.</param>
/// <param name="Positions">How many.</param>
/// <param name="Margin">Alone, before offsets, add-ons and buffers.</param>
public sealed record GroupFigures(ClientId Client, string Group, bool IsScanned, int Scenarios, int Positions, double Margin)
{
    /// <summary>The figure of the tail; null if scanned.</summary>
    public RiskMeasure? Measure { get; init; }

    /// <summary>Between 0 and 1; 0 if scanned.</summary>
    public double Confidence { get; init; }

    /// <summary>Of the margin period; 0 if scanned.</summary>
    public double Days { get; init; }
}

/// <summary>The scenarios of a product group.</summary>
/// <param name="Group">The group.</param>
/// <param name="Gains">Of its positions together, one per scenario.</param>
public sealed record GroupScenarios(GroupFigures Group, IReadOnlyList<double> Gains)
{
    /// <summary>Of the change that each scenario was made of; empty if scanned.</summary>
    public IReadOnlyList<DateOnly> Dates { get; init; } = [];

    /// <summary>Of the moves of a scan, in words; empty otherwise.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Places of the scenarios that make the figure, the largest loss first; of a scan the one with the largest weighted loss.</summary>
    public IReadOnlyList<int> Tail { get; init; } = [];

    /// <summary>The least loss of the tail, 0 or more; of a scan the largest loss.</summary>
    public double ValueAtRisk { get; init; }

    /// <summary>The mean loss of the tail, 0 or more; 0 if scanned.</summary>
    public double ExpectedShortfall { get; init; }

    /// <summary>Of a scan, for spreads between expiries.</summary>
    public double SpreadCharge { get; init; }

    /// <summary>Of a scan, for short options.</summary>
    public double Minimum { get; init; }
}
