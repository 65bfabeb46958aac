using System.Globalization;

namespace ClearingActors.Actors.Simulation;

/// <summary>What the scheduler did: a hash over everything, for "same seed, same run", and the last actions in words.</summary>
public sealed class SimulationTrace
{
    private const int Kept = 50;
    private readonly (long Step, string What, long A, long B, long C)[] _last = new (long, string, long, long, long)[Kept];
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);
    private ulong _hash = 14695981039346656037;
    private long _entries;

    /// <summary>The scheduler's step.</summary>
    public long Step { get; set; }

    /// <summary>FNV-1a over all actions.</summary>
    public ulong Hash => _hash;

    /// <summary>How often what occurred.</summary>
    public IReadOnlyDictionary<string, long> Counts => _counts;

    /// <summary>Notes an action.</summary>
    public void Note(string what, long a = 0, long b = 0, long c = 0)
    {
        _last[_entries++ % Kept] = (Step, what, a, b, c);
        foreach (var ch in what)
        {
            Mix(ch);
        }

        Mix((ulong)a);
        Mix((ulong)b);
        Mix((ulong)c);
    }

    /// <summary>Counts an occurrence for the coverage table.</summary>
    public void Count(string what, long by = 1) => _counts[what] = _counts.GetValueOrDefault(what) + by;

    /// <summary>Takes bytes into the hash.</summary>
    public void Mix(ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
        {
            Mix(b);
        }
    }

    /// <summary>The last actions, oldest first.</summary>
    public IReadOnlyList<string> Last()
    {
        var lines = new List<string>();
        for (var i = Math.Max(0, _entries - Kept); i < _entries; i++)
        {
            var (step, what, a, b, c) = _last[i % Kept];
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"{step}: {what} {a} {b} {c}"));
        }

        return lines;
    }

    private void Mix(ulong value) => _hash = (_hash ^ value) * 1099511628211;
}
