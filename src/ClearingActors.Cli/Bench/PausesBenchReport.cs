namespace ClearingActors.Cli.Bench;

/// <summary>What <c>clearing bench --pauses</c> measured; the JSON's names are these in camel case.</summary>
internal sealed record PausesBenchReport
{
    public required int Accounts { get; init; }

    public required int Workers { get; init; }

    /// <summary>Of a stress run.</summary>
    public required int Scenarios { get; init; }

    /// <summary>Of a reverse stress.</summary>
    public required int ReverseSteps { get; init; }

    public List<PauseRow> Rows { get; } = [];
}

/// <summary>Trades while something was done.</summary>
/// <param name="What">It.</param>
/// <param name="Times">How often it was done, one after the other.</param>
/// <param name="Milliseconds">Of one.</param>
/// <param name="Trades">Answered meanwhile.</param>
/// <param name="P50Ms">From a trade's hand-over to its durable answer.</param>
/// <param name="P99Ms">The same.</param>
/// <param name="MaxMs">The longest.</param>
internal sealed record PauseRow(string What, int Times, double Milliseconds, long Trades, double P50Ms, double P99Ms, double MaxMs);
