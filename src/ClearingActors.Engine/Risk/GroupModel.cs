using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Engine.Risk;

/// <summary>The tool against procyclical margin (rulebook 8.4).</summary>
internal enum ProcyclicalityTool
{
    None = 0,

    /// <summary>A quarter on top.</summary>
    Buffer25 = 1,

    /// <summary>A quarter of the weight on a stress window.</summary>
    Stressed25 = 2,

    /// <summary>Never below the margin of ten years.</summary>
    Floor10Years = 3,
}

/// <summary>A window of dates, both inclusive.</summary>
internal readonly record struct DateWindow(DateOnly First, DateOnly Last);

/// <summary>How a scanned product group is margined (rulebook 8.3).</summary>
/// <param name="Ranges">Of price and volatility.</param>
/// <param name="SpreadChargePerLot">Money of the contracts' currency per spread lot between expiries.</param>
internal sealed record SpanModel(SpanRanges Ranges, double SpreadChargePerLot);

/// <summary>Pin risk (rulebook 8.5).</summary>
/// <param name="Hours">Before expiry.</param>
/// <param name="Band">In the prices of the options' reference.</param>
internal sealed record PinModel(double Hours, double Band);

/// <summary>How a product group is margined.</summary>
/// <param name="Settings">How its scenarios are made; groups of equal settings share a set.</param>
/// <param name="Confidence">Between 0 and 1.</param>
/// <param name="Measure">The figure of the tail.</param>
/// <param name="DefaultFund">Groups are offset only within one fund.</param>
internal sealed record GroupModel(ScenarioSettings Settings, double Confidence, RiskMeasure Measure, string DefaultFund)
{
    internal ProcyclicalityTool Tool { get; init; }

    /// <summary>Of <see cref="ProcyclicalityTool.Stressed25"/>; meaningless otherwise.</summary>
    internal DateWindow StressWindow { get; init; }

    /// <summary>Null if the group is fully revalued.</summary>
    internal SpanModel? Span { get; init; }

    /// <summary>Money of the contracts' currency per net short lot of options; 0 for no such floor.</summary>
    internal double ShortOptionMinimum { get; init; }

    /// <summary>Null without such an add-on.</summary>
    internal PinModel? Pin { get; init; }

    /// <summary>Brackets of the notional in the margin currency; null without such a floor.</summary>
    internal MarginTiers? Tiers { get; init; }

    /// <summary>True if the other is offset against this one, should both be in one account.</summary>
    internal bool IsOffsetAgainst(GroupModel other) => Span is null && other.Span is null
        && Settings == other.Settings && Confidence == other.Confidence && Measure == other.Measure && DefaultFund == other.DefaultFund;
}
