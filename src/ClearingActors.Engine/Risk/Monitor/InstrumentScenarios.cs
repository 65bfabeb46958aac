using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Market;
using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Monitor;

namespace ClearingActors.Engine.Risk.Monitor;

/// <summary>What one long lot of an instrument gains in every scenario at one set of marks; immutable and shared by all holders of the node (rulebook 8.9).</summary>
internal sealed class InstrumentScenarios
{
    /// <summary>Grows with every vector that the node makes.</summary>
    internal required long Sequence { get; init; }

    /// <summary>The model and the scenarios that it is of; vectors of different ones are never added.</summary>
    internal required MarginCalculator Basis { get; init; }

    /// <summary>Null if the product group is scanned.</summary>
    internal required OffsetSet? Set { get; init; }

    /// <summary>Null unless the product group is scanned.</summary>
    internal required ScanLot? Scan { get; init; }

    internal required bool Buffered { get; init; }

    /// <summary>One gain per scenario, finite, in the margin currency; those of a scan are in <see cref="Scan"/>.</summary>
    internal required double[] Gains { get; init; }

    /// <summary>This vector less the one with <see cref="ChangeFrom"/>; empty if there is none of the same basis, or the group is scanned.</summary>
    internal required double[] Change { get; init; }

    internal required long ChangeFrom { get; init; }

    /// <summary>The most that a lot bought can add to any portfolio's margin before the buffer, 0 or more (see <see cref="BoundOf"/>).</summary>
    internal required double MostPerLotBought { get; init; }

    /// <summary>As <see cref="MostPerLotBought"/>, of a lot sold.</summary>
    internal required double MostPerLotSold { get; init; }

    /// <summary>Units of the margin currency for one of the instrument's, now; 1 where they are the same.</summary>
    internal required double Rate { get; init; }

    /// <summary>The price that lots are valued at.</summary>
    internal required long PriceUnits { get; init; }

    /// <summary>The number of the instrument's own mark; 0 if it was priced at a settlement price.</summary>
    internal required long OwnMark { get; init; }

    /// <summary>The number of the newest mark of its underlying; 0 before the first.</summary>
    internal required long UnderlyingMark { get; init; }

    /// <summary>The cycle of the settlement price, where there was no mark.</summary>
    internal required long SettledCycle { get; init; }

    /// <summary>UTC ns of business time: what was left to an option's expiry.</summary>
    internal required long At { get; init; }

    /// <summary>The marks it was made from.</summary>
    internal required MarkTable Marks { get; init; }

    /// <summary>
    /// The most that adding these gains to a portfolio can add to its tail. Expected shortfall is subadditive, so it is the gains' own; the k-th largest loss is not, but no
    /// scenario gets worse by more than the worst of them. Offsets take off at most what is added, so the bound holds behind them too.
    /// </summary>
    internal static double BoundOf(ReadOnlySpan<double> gains, OffsetSet set) => set.Measure == RiskMeasure.ExpectedShortfall
        ? TailRisk.Of(gains, set.Confidence).ExpectedShortfall
        : Math.Max(0.0, -TailRisk.Worst(gains, 1)[0]);
}

/// <summary>An instrument as accounts of one currency hold it. The newest vector is replaced by the pricer and read by every worker.</summary>
internal sealed class PricedInstrument(Instrument instrument, Currency currency)
{
    private InstrumentScenarios? _current;
    private string _failure = "";

    internal Instrument Instrument { get; } = instrument;

    internal Currency Currency { get; } = currency;

    /// <summary>The last that could be made; null before the first.</summary>
    internal InstrumentScenarios? Current => Volatile.Read(ref _current);

    /// <summary>Why there is none at the newest marks; empty if there is.</summary>
    internal string Failure => Volatile.Read(ref _failure);

    /// <summary>Underlying's mark and settled cycle of the last attempt, for the pricer alone.</summary>
    internal (long Mark, long Cycle) Tried { get; set; }

    internal void Set(InstrumentScenarios priced)
    {
        Volatile.Write(ref _current, priced);
        Volatile.Write(ref _failure, "");
    }

    internal void Fail(string reason) => Volatile.Write(ref _failure, reason);

    /// <summary>A vector of another model is worth nothing where the new model has none.</summary>
    internal void Drop(string reason)
    {
        Volatile.Write(ref _current, null);
        Volatile.Write(ref _failure, reason);
    }
}
