using ClearingActors.Domain;
using ClearingActors.Domain.Parties;
using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Engine.Risk;

/// <summary>How the canonical routine came to a requirement: what it is told on the way. It changes nothing of the computation. Figures are in the margin currency, unrounded.</summary>
internal sealed class RequirementTrace
{
    internal List<GroupTrace> Groups { get; } = [];

    internal List<SetTrace> Sets { get; } = [];

    internal List<ScanTrace> Scans { get; } = [];

    internal List<GroupAddOns> AddOns { get; } = [];

    internal List<WrongWayTrace> WrongWay { get; } = [];

    internal List<LiquidityTrace> Liquidity { get; } = [];

    /// <summary>The parts before rounding, in the order in which they are summed.</summary>
    internal List<(string Name, double Amount)> Sums { get; } = [];

    /// <summary>The floor by notional.</summary>
    internal ExactFraction Tiers { get; set; }
}

/// <summary>A product group of one client.</summary>
/// <param name="Client">None but in gross omnibus accounts.</param>
/// <param name="Name">Of the group.</param>
/// <param name="Model">How it is margined.</param>
/// <param name="Scenarios">Null if scanned.</param>
/// <param name="Holdings">In the order of the sums.</param>
/// <param name="Gains">One per scenario, or per move of a scan.</param>
internal sealed record GroupTrace(ClientId Client, string Name, GroupModel Model, ScenarioSet? Scenarios, IReadOnlyList<MarginHolding> Holdings, IReadOnlyList<double> Gains);

/// <summary>An offset set of one client.</summary>
/// <param name="Client">None but in gross omnibus accounts.</param>
/// <param name="Margin">Group by group, joint, and after offsets.</param>
/// <param name="Tool">Against procyclicality.</param>
/// <param name="WithTool">The margin after it.</param>
/// <param name="Window">On the scenarios of the tool's window; null where it has none.</param>
internal sealed record SetTrace(ClientId Client, OffsetSetMargin Margin, ProcyclicalityTool Tool, double WithTool, double? Window);

/// <summary>A scanned group of one client.</summary>
/// <param name="Client">None but in gross omnibus accounts.</param>
/// <param name="Name">Of the group.</param>
/// <param name="Scan">Losses by move.</param>
/// <param name="SpreadCharge">Between expiries.</param>
/// <param name="Minimum">Of short options.</param>
/// <param name="Margin">Scan risk and charge, at least the minimum.</param>
/// <param name="WithTool">With the 25 % buffer, if the group carries it.</param>
internal sealed record ScanTrace(ClientId Client, string Name, SpanScan Scan, double SpreadCharge, double Minimum, double Margin, double WithTool);

/// <summary>What is added to a group of one client.</summary>
/// <param name="Client">None but in gross omnibus accounts.</param>
/// <param name="Name">Of the group.</param>
/// <param name="ShortOptionMinimum">Beyond the group's margin.</param>
/// <param name="PinRisk">Of expiring options.</param>
/// <param name="Notional">Null where neither floor nor gearing limit asks for it.</param>
/// <param name="Tiers">The floor by notional; null where the group has none.</param>
internal sealed record GroupAddOns(ClientId Client, string Name, double ShortOptionMinimum, double PinRisk, decimal? Notional, ExactFraction? Tiers);

/// <summary>Wrong-way risk in an underlying of the member's own group.</summary>
/// <param name="Client">None but in gross omnibus accounts.</param>
/// <param name="Underlying">The underlying.</param>
/// <param name="Value">Delta-equivalent.</param>
/// <param name="Shock">0 to 1.</param>
/// <param name="AddOn">Shock x value, floored at zero.</param>
internal sealed record WrongWayTrace(ClientId Client, string Underlying, double Value, double Shock, double AddOn);

/// <summary>The account's share in its member's liquidity add-on.</summary>
/// <param name="Underlying">The underlying.</param>
/// <param name="Own">Of the account alone, in the currency of the underlying's reference.</param>
/// <param name="Figure">The same in minor units, rounded up.</param>
/// <param name="Measured">What the run measured of the member; null where it measured nothing.</param>
/// <param name="Charged">The account's share, in the reference's currency.</param>
/// <param name="Rate">Into the margin currency.</param>
/// <param name="Share">Charged x rate.</param>
internal sealed record LiquidityTrace(string Underlying, double Own, long Figure, MemberCharge? Measured, double Charged, double Rate, double Share);
