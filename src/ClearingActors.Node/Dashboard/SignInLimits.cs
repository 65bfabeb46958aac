namespace ClearingActors.Node.Dashboard;

/// <summary>
/// Keeps passwords from being guessed. Five failures lock a name for the address that they came from for 15 minutes: not for everybody, or whoever knows an operator's name could keep
/// the operator out in the worst hour. Fifty from anywhere lock the name altogether. Names that nobody has are counted together, so that made-up ones push out nothing. Thread-safe, bounded.
/// </summary>
public sealed class SignInLimits(IEnumerable<string> names, TimeProvider time)
{
    private const int OfOneAddress = 5;
    private const int OfAll = 50;

    /// <summary>Addresses that are counted for one name; from others it is then locked, as if they had failed: who uses so many is guessing.</summary>
    private const int MostAddresses = 1_000;

    private const string Nobody = "";
    private static readonly TimeSpan Lockout = TimeSpan.FromMinutes(15);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, NameAttempts> _names = names.Append(Nobody).Distinct(StringComparer.Ordinal).ToDictionary(n => n, _ => new NameAttempts(), StringComparer.Ordinal);

    /// <summary>
    /// Begins an attempt, which counts as a failure until <see cref="Succeeded"/> or <see cref="NotTried"/>: of many at once no more are tried than may fail. How long the name is still locked for the address; zero if it
    /// may try.
    /// </summary>
    public TimeSpan TryBegin(string name, string address)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            var attempts = _names.GetValueOrDefault(name) ?? _names[Nobody];
            if (attempts.All.LeftOf(OfAll, now) is var all && all > TimeSpan.Zero && attempts != _names[Nobody])
            {
                return all;
            }

            foreach (var old in attempts.ByAddress.Where(a => a.Value.Until <= now).Select(a => a.Key).ToList())
            {
                attempts.ByAddress.Remove(old);
            }

            var known = attempts.ByAddress.TryGetValue(address, out var one);
            if (!known && attempts.ByAddress.Count >= MostAddresses)
            {
                return Lockout;
            }

            if (one.LeftOf(OfOneAddress, now) is var left && left > TimeSpan.Zero)
            {
                return left;
            }

            attempts.ByAddress[address] = one.Next(now, Lockout);
            attempts.All = attempts.All.Next(now, Lockout);
            return TimeSpan.Zero;
        }
    }

    /// <summary>The attempt was right: what failed before from the address is forgotten.</summary>
    public void Succeeded(string name, string address)
    {
        lock (_lock)
        {
            if (_names.TryGetValue(name, out var attempts))
            {
                attempts.ByAddress.Remove(address);
                attempts.All = attempts.All.Less();
            }
        }
    }

    /// <summary>No password was checked in the attempt: it does not count.</summary>
    public void NotTried(string name, string address)
    {
        lock (_lock)
        {
            var attempts = _names.GetValueOrDefault(name) ?? _names[Nobody];
            if (attempts.ByAddress.TryGetValue(address, out var one))
            {
                if (one.Failures > 1)
                {
                    attempts.ByAddress[address] = one.Less();
                }
                else
                {
                    attempts.ByAddress.Remove(address);
                }
            }

            attempts.All = attempts.All.Less();
        }
    }

    private sealed class NameAttempts
    {
        internal Dictionary<string, Attempts> ByAddress { get; } = new(StringComparer.Ordinal);

        internal Attempts All { get; set; }
    }

    private readonly record struct Attempts(int Failures, DateTimeOffset Until)
    {
        internal TimeSpan LeftOf(int limit, DateTimeOffset now) => Failures >= limit && Until > now ? Until - now : TimeSpan.Zero;

        internal Attempts Less() => this with { Failures = Math.Max(0, Failures - 1) };

        internal Attempts Next(DateTimeOffset now, TimeSpan lockout) => new(Until > now ? Failures + 1 : 1, now + lockout);
    }
}
