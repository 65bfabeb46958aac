namespace ClearingActors.Audit.Rulebook;

/// <summary>A trade, or the cancel of one, from its report to the last event of both sides and of its source.</summary>
internal sealed class OpenTrade
{
    /// <summary>1 for a cancel and 0 for a trade, then source, a zero byte, and the source's id.</summary>
    internal required byte[] Key { get; init; }

    /// <summary>It takes back a trade that is novated.</summary>
    internal required bool IsReversal { get; init; }

    /// <summary>The row that last told of it.</summary>
    internal (int Shard, long Position) Last { get; set; }

    /// <summary>The seller's account has reserved it; what follows is the seller's leg.</summary>
    internal bool Reserved { get; set; }

    internal string Seller { get; set; } = "";

    internal string Buyer { get; set; } = "";

    internal string Instrument { get; set; } = "";

    internal long Kind { get; set; }

    internal long Quantity { get; set; }

    internal long Price { get; set; }

    internal long Cycle { get; set; }

    internal long Date { get; set; }

    internal long Reservation { get; set; }

    /// <summary>The buyer's account has novated it, or reversed it.</summary>
    internal bool Committed { get; set; }

    /// <summary>The seller's account has ended its reservation.</summary>
    internal bool Ended { get; set; }

    /// <summary>The source has its answer.</summary>
    internal bool Answered { get; set; }

    internal bool IsDone => Answered && (!Reserved || Ended);

    internal string Name => $"{(IsReversal ? "the cancel of trade" : "trade")} {System.Text.Encoding.UTF8.GetString(Key.AsSpan(1)).Replace('\0', '/')}";

    /// <inheritdoc/>
    public override string ToString() => !Reserved ? $"{Name}, not reserved"
        : $"{Name}: {Quantity} of {Instrument} at {Price} price units from {Seller} to {Buyer} in cycle {Cycle}, reservation {Reservation}{(Committed ? ", novated" : "")}{(Ended ? ", ended" : "")}";
}
