namespace ClearingActors.Actors.Simulation;

/// <summary>
/// SplitMix64: the one source of chance of a simulation. Its sequence is written down here, so that a seed means the same on every machine and version.
/// </summary>
public sealed class SimulationRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The next 64 bits.</summary>
    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>0 to <paramref name="below"/> - 1.</summary>
    public int Next(int below) => (int)(Next() % (ulong)below);

    /// <summary>From <paramref name="low"/> to <paramref name="high"/>, both possible.</summary>
    public long Between(long low, long high) => low + (long)(Next() % (ulong)(high - low + 1));

    /// <summary>0 to just below 1.</summary>
    public double Fraction() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>True with this probability.</summary>
    public bool Chance(double probability) => Fraction() < probability;

    /// <summary>One of the items.</summary>
    public T Pick<T>(IReadOnlyList<T> items) => items[Next(items.Count)];

    /// <summary>A generator of its own, so that what one part draws does not shift what another does.</summary>
    public SimulationRandom Fork() => new(Next());
}
