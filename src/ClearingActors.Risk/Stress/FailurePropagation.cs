using System.Numerics;
using ClearingActors.Domain;

namespace ClearingActors.Risk.Stress;

/// <summary>A member in a stress scenario, in minor units, all 0 or more.</summary>
/// <param name="Id">The member's id.</param>
/// <param name="UncoveredLoss">What its failure costs beyond its margin (rulebook 10.2).</param>
/// <param name="Contribution">What it has paid into the fund.</param>
/// <param name="AssessmentCap">The most it can be asked for on top.</param>
/// <param name="Capacity">What it can bear of fund draws and assessments before it fails itself.</param>
public sealed record PropagationMember(string Id, BigInteger UncoveredLoss, BigInteger Contribution, BigInteger AssessmentCap, BigInteger Capacity);

/// <summary>The CCP's own layers, in minor units, 0 or more.</summary>
public readonly record struct CcpLayers(BigInteger Junior, BigInteger Senior);

/// <summary>Where the propagation comes to rest.</summary>
/// <param name="Rounds">How often new members failed, the first failures being round 1; 0 if nobody fails.</param>
/// <param name="Failed">All members lost, by round and within a round by id.</param>
/// <param name="Loss">Their uncovered losses.</param>
/// <param name="ResourcesLeft">Fund, CCP layers and assessments of survivors that are not used.</param>
/// <param name="Unallocated">Loss beyond all resources; above 0 the CCP is exhausted.</param>
public sealed record PropagationResult(int Rounds, IReadOnlyList<IReadOnlyList<string>> Failed, BigInteger Loss, BigInteger ResourcesLeft, BigInteger Unallocated)
{
    public bool Exhausted => Unallocated.Sign > 0;
}

/// <summary>The smallest set of first failures that exhausts the resources.</summary>
/// <param name="Members">By id; null if none was found.</param>
/// <param name="Tried">Sets evaluated.</param>
/// <param name="SearchedSize">Every set up to this size was tried.</param>
public sealed record FirstFailures(IReadOnlyList<string>? Members, int Tried, int SearchedSize);

/// <summary>
/// Failure propagation (rulebook 10.3): losses reach the survivors through fund draws and assessments; those that cannot bear them fail in turn, until nobody else does.
/// Layers: each failed member's own contribution for its own loss, CCP junior capital, survivors' fund, CCP senior capital, survivors' assessments. Fund and assessments are
/// shared pro rata to contributions by largest remainder, ties by id. Every round allocates the whole loss anew over those who are left, so the order of failures does not matter.
/// </summary>
public static class FailurePropagation
{
    /// <summary>The most sets that a search tries.</summary>
    public const int MaxSets = 200_000;

    /// <param name="members">Each id once.</param>
    /// <param name="layers">The CCP's own layers.</param>
    /// <param name="firstFailures">Who fails first.</param>
    /// <exception cref="ArgumentException">An id twice or unknown, or a negative amount.</exception>
    public static PropagationResult Run(IReadOnlyCollection<PropagationMember> members, CcpLayers layers, IReadOnlyCollection<string> firstFailures)
    {
        var ordered = Ordered(members, layers);
        var unknown = firstFailures.Where(f => ordered.All(m => m.Id != f)).ToList();
        if (unknown.Count > 0)
        {
            throw new ArgumentException($"{unknown[0]} is no member; the members are {string.Join(", ", ordered.Select(m => m.Id))}", nameof(firstFailures));
        }

        return Propagate(ordered, layers, [.. firstFailures]);
    }

    /// <summary>
    /// Tries every set of one member, then of two and so on; among sets of one size by id. Ends at the first that exhausts the resources, at the size asked for, or before a
    /// size whose sets are more than <see cref="MaxSets"/> in all.
    /// </summary>
    /// <exception cref="ArgumentException">See <see cref="Run"/>; or a size below 1.</exception>
    /// <exception cref="OperationCanceledException">Nobody waits for the answer any more.</exception>
    public static FirstFailures SmallestExhaustingSet(IReadOnlyCollection<PropagationMember> members, CcpLayers layers, int maximumSize, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maximumSize, 1);
        var ordered = Ordered(members, layers);
        var tried = 0;
        var sets = BigInteger.One;
        for (var size = 1; size <= Math.Min(maximumSize, ordered.Length); size++)
        {
            sets = sets * (ordered.Length - size + 1) / size;
            if (tried + sets > MaxSets)
            {
                return new FirstFailures(null, tried, size - 1);
            }

            int[] pick = [.. Enumerable.Range(0, size)];
            do
            {
                cancellation.ThrowIfCancellationRequested();
                tried++;
                string[] failing = [.. pick.Select(i => ordered[i].Id)];
                if (Propagate(ordered, layers, [.. failing]).Exhausted)
                {
                    return new FirstFailures(failing, tried, size);
                }
            }
            while (Next(pick, ordered.Length));
        }

        return new FirstFailures(null, tried, Math.Min(maximumSize, ordered.Length));
    }

    private static PropagationResult Propagate(PropagationMember[] members, CcpLayers layers, HashSet<string> firstFailures)
    {
        var failed = new HashSet<string>(StringComparer.Ordinal);
        var rounds = new List<IReadOnlyList<string>>();
        string[] failing = [.. members.Where(m => firstFailures.Contains(m.Id)).Select(m => m.Id)];
        while (true)
        {
            if (failing.Length > 0)
            {
                rounds.Add(failing);
                failed.UnionWith(failing);
            }

            PropagationMember[] survivors = [.. members.Where(m => !failed.Contains(m.Id))];
            var (loss, left, unallocated, burdens) = Allocate(members, survivors, layers, failed);
            failing = [.. survivors.Where((m, i) => burdens[i] > m.Capacity).Select(m => m.Id)];
            if (failing.Length == 0)
            {
                return new PropagationResult(rounds.Count, rounds, loss, left, unallocated);
            }
        }
    }

    private static (BigInteger Loss, BigInteger Left, BigInteger Unallocated, BigInteger[] Burdens) Allocate(
        PropagationMember[] members, PropagationMember[] survivors, CcpLayers layers, HashSet<string> failed)
    {
        var (loss, rest, left) = (BigInteger.Zero, BigInteger.Zero, BigInteger.Zero);
        foreach (var member in members.Where(m => failed.Contains(m.Id)))
        {
            // What a failed member's contribution is not needed for goes back to its estate.
            loss += member.UncoveredLoss;
            rest += BigInteger.Max(0, member.UncoveredLoss - member.Contribution);
        }

        Draw(ref rest, ref left, layers.Junior);
        var contributions = survivors.Select(m => m.Contribution).ToArray();
        var fund = Draw(ref rest, ref left, Sum(contributions));
        Draw(ref rest, ref left, layers.Senior);
        var assessed = Draw(ref rest, ref left, Sum(survivors.Select(m => m.AssessmentCap)));
        var draws = LargestRemainder.Share(fund, contributions);
        var calls = Capped(assessed, contributions, [.. survivors.Select(m => m.AssessmentCap)]);
        return (loss, left, rest, [.. draws.Zip(calls, (draw, call) => draw + call)]);
    }

    private static BigInteger Draw(ref BigInteger rest, ref BigInteger left, BigInteger available)
    {
        var used = BigInteger.Min(rest, available);
        rest -= used;
        left += available - used;
        return used;
    }

    /// <summary>Pro rata; what passes a member's cap is shared again among the others. A weight of zero takes part only when all others are at their caps.</summary>
    private static BigInteger[] Capped(BigInteger amount, BigInteger[] weights, BigInteger[] caps)
    {
        var shares = new BigInteger[weights.Length];
        while (amount.Sign > 0)
        {
            int[] open = [.. Enumerable.Range(0, weights.Length).Where(i => shares[i] < caps[i])];
            var weighted = open.Any(i => weights[i].Sign > 0);
            var more = LargestRemainder.Share(amount, [.. open.Select(i => weighted ? weights[i] : BigInteger.One)]);
            for (var j = 0; j < open.Length; j++)
            {
                var taken = BigInteger.Min(more[j], caps[open[j]] - shares[open[j]]);
                shares[open[j]] += taken;
                amount -= taken;
            }
        }

        return shares;
    }

    private static PropagationMember[] Ordered(IReadOnlyCollection<PropagationMember> members, CcpLayers layers)
    {
        PropagationMember[] ordered = [.. members.OrderBy(m => m.Id, Utf8Ordinal.Order)];
        for (var i = 0; i < ordered.Length; i++)
        {
            var m = ordered[i];
            if (i > 0 && ordered[i - 1].Id == m.Id)
            {
                throw new ArgumentException($"member {m.Id} is listed twice", nameof(members));
            }

            if (m.UncoveredLoss.Sign < 0 || m.Contribution.Sign < 0 || m.AssessmentCap.Sign < 0 || m.Capacity.Sign < 0)
            {
                throw new ArgumentException($"{m} has an amount below 0; 0 or more is needed", nameof(members));
            }
        }

        return layers.Junior.Sign >= 0 && layers.Senior.Sign >= 0
            ? ordered
            : throw new ArgumentException($"CCP capital is {layers.Junior} and {layers.Senior}; 0 or more is needed", nameof(layers));
    }

    private static BigInteger Sum(IEnumerable<BigInteger> amounts) => amounts.Aggregate(BigInteger.Zero, (sum, amount) => sum + amount);

    /// <summary>The next set of the same size by the order of its places; false behind the last.</summary>
    private static bool Next(int[] pick, int count)
    {
        for (var i = pick.Length - 1; i >= 0; i--)
        {
            if (pick[i] < count - pick.Length + i)
            {
                pick[i]++;
                for (var j = i + 1; j < pick.Length; j++)
                {
                    pick[j] = pick[j - 1] + 1;
                }

                return true;
            }
        }

        return false;
    }
}
