namespace ClearingActors.Actors.Simulation;

/// <summary>An invariant does not hold. The seed and the number of steps reproduce it.</summary>
public sealed class SimulationFailedException : Exception
{
    /// <summary>Names the invariant; <see cref="InvariantBrokenException"/> is what the parts throw, the scheduler adds where it was.</summary>
    public SimulationFailedException(ulong seed, long step, string invariant, IReadOnlyList<string> lastActions, Exception cause)
        : base($"seed {seed}, step {step}: {invariant}\nlast actions, oldest first:\n  {string.Join("\n  ", lastActions)}\nreproduce: clearing simulate --seed {seed}", cause)
    {
        Seed = seed;
        Step = step;
        Invariant = invariant;
        LastActions = lastActions;
    }

    /// <summary>The seed.</summary>
    public ulong Seed { get; }

    /// <summary>The scheduler's step, from 1.</summary>
    public long Step { get; }

    /// <summary>What does not hold, with the values.</summary>
    public string Invariant { get; }

    /// <summary>The scheduler's last actions, oldest first.</summary>
    public IReadOnlyList<string> LastActions { get; }
}

/// <summary>What does not hold, with the values; thrown by whoever finds it.</summary>
/// <param name="name">The invariant, in a word or two, for tables.</param>
/// <param name="what">The sentence with the values.</param>
public sealed class InvariantBrokenException(string name, string what) : Exception($"{name}: {what}")
{
    /// <summary>The invariant.</summary>
    public string Name { get; } = name;
}
