namespace ClearingActors.Cli.Demo;

/// <summary>What a layer of the waterfall gave; USD.</summary>
public sealed record DemoLayer(string Layer, decimal Available, decimal Used, IReadOnlyList<(string Member, decimal Amount)> ByMember);

/// <summary>A default as it ended; amounts are USD.</summary>
public sealed record DemoDefault
{
    /// <summary>The defaulter's name.</summary>
    public required string Member { get; init; }

    /// <summary>Its last stage: <c>CLOSED</c> if all went well.</summary>
    public required string Stage { get; init; }

    public required DateOnly MissedOn { get; init; }

    /// <summary>Margin calls that it has missed.</summary>
    public required int MissedCalls { get; init; }

    /// <summary>Client accounts that went over to another member.</summary>
    public required IReadOnlyList<string> Ported { get; init; }

    /// <summary>Lots sold in auctions.</summary>
    public required int LotsSold { get; init; }

    public required int Lots { get; init; }

    public required int Bids { get; init; }

    public required decimal Loss { get; init; }

    public required IReadOnlyList<DemoLayer> Layers { get; init; }

    public required decimal Unallocated { get; init; }

    /// <summary>Positions summed to zero in every instrument after each step.</summary>
    public required bool MatchedBook { get; init; }

    /// <summary>Every cent of the loss is in a layer or unallocated.</summary>
    public bool AddsUp => Layers.Sum(layer => layer.Used) + Unallocated == Loss;
}
