namespace ClearingActors.Actors.Simulation;

/// <summary>
/// The shape of one simulated cluster and how often what goes wrong. Drawn from the seed: one run has many lost packets and no crash, another the reverse, so that
/// each kind of fault is also met without the others hiding its effect.
/// </summary>
public sealed record SimulationOptions
{
    /// <summary>Nodes, 1 to 3.</summary>
    public required int Nodes { get; init; }

    /// <summary>Shards of the journal.</summary>
    public required int Shards { get; init; }

    /// <summary>The newest events that the program writes.</summary>
    public int FeatureLevel { get; init; } = 1;

    /// <summary>The runtime's limits, small.</summary>
    public required RuntimeOptions Runtime { get; init; }

    /// <summary>A packet vanishes.</summary>
    public double Loss { get; init; }

    /// <summary>A packet arrives twice.</summary>
    public double Doubling { get; init; }

    /// <summary>A packet is late by up to seconds; else by up to milliseconds.</summary>
    public double Delay { get; init; }

    /// <summary>A packet goes to the node that owned the shard before.</summary>
    public double StaleRoute { get; init; }

    /// <summary>An append is refused before it writes.</summary>
    public double AppendFails { get; init; }

    /// <summary>An append is written and its answer is lost.</summary>
    public double UnknownApplied { get; init; }

    /// <summary>An append is not written and its answer is lost.</summary>
    public double UnknownLost { get; init; }

    /// <summary>Some shards of an append are written, nothing is known of the others.</summary>
    public double Partial { get; init; }

    /// <summary>A takeover fails, before or after it raised the epoch.</summary>
    public double TakeOverFails { get; init; }

    /// <summary>A snapshot is not written.</summary>
    public double SnapshotWriteFails { get; init; }

    /// <summary>A part of a snapshot cannot be read.</summary>
    public double SnapshotReadFails { get; init; }

    /// <summary>The log cannot be read when a shard is loaded.</summary>
    public double LogReadFails { get; init; }

    /// <summary>Per step: a node loses its memory.</summary>
    public double Crash { get; init; }

    /// <summary>Per step: a node stands still for a while and goes on where it was, as if nothing had been.</summary>
    public double Pause { get; init; }

    /// <summary>Per step: another node takes a shard whose owner lives.</summary>
    public double Steal { get; init; }

    /// <summary>Per step: a node hands a shard back before another takes it.</summary>
    public double Release { get; init; }

    /// <summary>Per step: the disk is full for a while.</summary>
    public double DiskFull { get; init; }

    /// <summary>Per step: two nodes cannot reach each other for a while.</summary>
    public double Partition { get; init; }

    /// <summary>Per step: snapshots of all drained shards of a worker.</summary>
    public double SnapshotNow { get; init; }

    /// <summary>Draws a shape.</summary>
    public static SimulationOptions Draw(SimulationRandom random)
    {
        double Rate(double often, double upTo) => random.Chance(often) ? random.Fraction() * upTo : 0;
        var nodes = random.Next(3) + 1;
        return new SimulationOptions
        {
            Nodes = nodes,
            Shards = (int)random.Between(2, 8),
            Runtime = new RuntimeOptions
            {
                Workers = random.Next(2) + 1,
                MessagesPerTurn = (int)random.Between(1, 12),
                BytesPerTurn = (int)random.Between(200, 8_000),
                UnansweredHandOvers = (int)random.Between(1, 4),
                UnansweredBytes = random.Between(2_000, 50_000),
                CommandsPerShard = (int)random.Between(4, 40),
                OutboxPerShard = (int)random.Between(20, 200),
                OpenWorkPerShard = (int)random.Between(8, 60),
                ChannelWindow = (int)random.Between(1, 24),
                RowsPerAppend = (int)random.Between(1, 12),
                BytesPerAppend = random.Between(2_000, 50_000),
                SnapshotEveryBytes = random.Chance(0.8) ? random.Between(1_000, 20_000) : long.MaxValue / 2,
                ChannelTimeout = TimeSpan.FromMilliseconds(random.Between(50, 500)),
            },
            Loss = Rate(0.7, 0.15),
            Doubling = Rate(0.7, 0.2),
            Delay = Rate(0.7, 0.3),
            StaleRoute = Rate(0.6, 0.1),
            AppendFails = Rate(0.6, 0.03),
            UnknownApplied = Rate(0.6, 0.03),
            UnknownLost = Rate(0.6, 0.03),
            Partial = Rate(0.6, 0.03),
            TakeOverFails = Rate(0.5, 0.2),
            SnapshotWriteFails = Rate(0.5, 0.2),
            SnapshotReadFails = Rate(0.5, 0.2),
            LogReadFails = Rate(0.5, 0.1),
            Crash = Rate(0.6, 0.0015),
            Pause = Rate(0.6, 0.003),
            Steal = nodes > 1 ? Rate(0.7, 0.004) : Rate(0.3, 0.002),
            Release = Rate(0.5, 0.003),
            DiskFull = Rate(0.5, 0.0006),
            Partition = nodes > 1 ? Rate(0.5, 0.001) : 0,
            SnapshotNow = Rate(0.6, 0.003),
        };
    }
}
