namespace ClearingActors.Cli.Bench;

/// <summary>What the benchmark's client sends, and how fast.</summary>
public sealed record BenchOptions
{
    public required Uri Address { get; init; }

    /// <summary>Null to send none.</summary>
    public string? Token { get; init; }

    /// <summary>How many trades, 1 to 100,000,000; with a rate it follows from rate and seconds.</summary>
    public int Trades { get; init; } = 200_000;

    /// <summary>Trades in a message, 1 to 10,000.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>2 to 999,999: <c>A000001</c> and on.</summary>
    public int Accounts { get; init; } = 1000;

    /// <summary>The most trades without an answer, 1 to 1,000,000.</summary>
    public int Window { get; init; } = 16_384;

    /// <summary>Trades a second at instants fixed beforehand; 0 for as fast as the window allows.</summary>
    public int Rate { get; init; }

    /// <summary>How long to hold the rate.</summary>
    public int Seconds { get; init; } = 10;

    /// <summary>
    /// How long the rate is held before latencies count: a venue's connection is open for weeks, so that its first second, in which both ends still compile their code, tells
    /// nothing of the rest.
    /// </summary>
    public int WarmUpSeconds { get; init; }

    public string Source { get; init; } = "BENCH";

    public string Instrument { get; init; } = "SPX.FUT";

    /// <summary>Every trade's price.</summary>
    public decimal Price { get; init; } = 3370.25m;

    /// <summary>Every trade's execution time, UTC nanoseconds; it must fit the house's business date.</summary>
    public required long ExecutionTime { get; init; }

    /// <summary>The number in the first trade's id, so that several clients of one source do not meet.</summary>
    public int FirstId { get; init; }

    /// <summary>How many trades the run has.</summary>
    public int Total => Rate > 0 ? checked(Rate * (WarmUpSeconds + Seconds)) : Trades;

    /// <summary>How many of the first have no part in the latencies.</summary>
    public int WarmUpTrades => Rate * WarmUpSeconds;

    /// <exception cref="CommandException">An option is out of range.</exception>
    public void Validate()
    {
        Check("--batch", Batch, 1, 10_000);
        Check("--accounts", Accounts, 2, BenchTrades.MaxAccounts);
        Check("--window", Window, 1, 1_000_000);
        Check("--rate", Rate, 0, 10_000_000);
        Check("--seconds", Seconds, 1, 86_400);
        Check("--warm-up", WarmUpSeconds, 0, 3600);
        Check("--first-id", FirstId, 0, 900_000_000);
        Check(Rate > 0 ? "--rate x (--warm-up + --seconds)" : "--trades", Rate > 0 ? (long)Rate * (WarmUpSeconds + Seconds) : Trades, 1, BenchTrades.MaxTrades);
        if (ExecutionTime <= 0)
        {
            throw new CommandException($"--execution-time is {ExecutionTime}; UTC nanoseconds since 1970 are above 0");
        }
    }

    private static void Check(string name, long value, long least, long most)
    {
        if (value < least || value > most)
        {
            throw new CommandException($"{name} is {value}; {least} to {most} is possible");
        }
    }
}
