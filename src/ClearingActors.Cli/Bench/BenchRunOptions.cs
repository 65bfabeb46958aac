using ClearingActors.Actors;

namespace ClearingActors.Cli.Bench;

/// <summary>What is measured.</summary>
internal sealed record BenchRunOptions
{
    /// <summary>Accounts that trade.</summary>
    public int Accounts { get; init; } = 200;

    /// <summary>Trades of the in-process run; the gRPC runs take fractions of it.</summary>
    public long Trades { get; init; } = 1_000_000;

    /// <summary>Worker threads.</summary>
    public int Workers { get; init; } = RuntimeOptions.DefaultWorkers;

    /// <summary>Shards of the journal.</summary>
    public int Shards { get; init; } = 16;

    /// <summary>Trades a second of the open loop.</summary>
    public int Rate { get; init; } = 20_000;

    /// <summary>How long the open loop runs.</summary>
    public int RateSeconds { get; init; } = 20;

    /// <summary>How long the rate is held before, on the same call.</summary>
    public int WarmUpSeconds { get; init; } = 5;

    /// <summary>How long the raw journal is measured.</summary>
    public double RawSeconds { get; init; } = 5;

    /// <summary>Accounts of the memory measurement; 0 to leave it out.</summary>
    public int MemoryAccounts { get; init; } = 100_000;
}
