using System.Numerics;
using ClearingActors.Domain;

namespace ClearingActors.Risk.DefaultFund;

/// <summary>How the fund is sized.</summary>
public sealed record DefaultFundTerms
{
    /// <summary>On top of cover-2, 0 or more; 10 is ten per cent.</summary>
    public required decimal BufferPercent { get; init; }

    /// <summary>Minor units per member, 0 or more.</summary>
    public required BigInteger MinimumContribution { get; init; }

    /// <summary>Trailing average margin of each member who contributes, 0 or more.</summary>
    public required IReadOnlyDictionary<string, decimal> Weights { get; init; }

    /// <summary>The group of each member that has affiliates; the losses of a group are summed. A member not listed stands alone.</summary>
    public IReadOnlyDictionary<string, string>? AffiliateGroups { get; init; }
}

/// <summary>One scenario's demand on the fund, in minor units.</summary>
/// <param name="Scenario">The scenario's id.</param>
/// <param name="Largest">The largest uncovered loss of a group of affiliates.</param>
/// <param name="SecondAndThird">The second and the third largest.</param>
/// <param name="CoverTwo">The two largest.</param>
public readonly record struct ScenarioDemand(string Scenario, BigInteger Largest, BigInteger SecondAndThird, BigInteger CoverTwo);

/// <summary>A sized fund, in minor units.</summary>
/// <param name="Demands">By scenario id.</param>
/// <param name="CoverTwo">The largest demand of two groups in one scenario.</param>
/// <param name="Scenario">The scenario it comes from; of equal ones the first by id.</param>
/// <param name="Fund">With the buffer, rounded up; at least the minimum of every member.</param>
/// <param name="Contributions">By member; they sum to the fund.</param>
public sealed record DefaultFundSize(
    IReadOnlyList<ScenarioDemand> Demands, BigInteger CoverTwo, string Scenario, BigInteger Fund, IReadOnlyDictionary<string, BigInteger> Contributions);

/// <summary>
/// Sizes the fund to the two largest uncovered losses and a buffer (rulebook 10.2), which covers what EMIR Art. 42(3) asks of the fund alone: the largest, and the second
/// and third. Contribution = minimum + (fund - n x minimum) pro rata to trailing average margin, by largest remainder in minor units, ties by id ascending.
/// </summary>
public static class DefaultFundSizing
{
    /// <param name="uncoveredLosses">Minor units, 0 or more, by scenario and member; a member not listed in a scenario has no loss there.</param>
    /// <param name="terms">Buffer, minimum and weights.</param>
    /// <exception cref="ArgumentException">No scenario, no member, a negative amount, or a loss of a member without a weight.</exception>
    public static DefaultFundSize Of(IReadOnlyDictionary<string, IReadOnlyDictionary<string, BigInteger>> uncoveredLosses, DefaultFundTerms terms)
    {
        if (uncoveredLosses.Count == 0 || terms.Weights.Count == 0)
        {
            throw new ArgumentException($"the fund is sized from {uncoveredLosses.Count} scenarios for {terms.Weights.Count} members; one of each at least is needed", nameof(uncoveredLosses));
        }

        if (terms.BufferPercent < 0 || terms.MinimumContribution.Sign < 0)
        {
            throw new ArgumentException($"buffer {terms.BufferPercent} % and minimum contribution {terms.MinimumContribution} must be 0 or more", nameof(terms));
        }

        ScenarioDemand[] demands = [.. uncoveredLosses.OrderBy(s => s.Key, Utf8Ordinal.Order).Select(s => DemandOf(s.Key, s.Value, terms))];
        var decisive = demands.Aggregate((best, next) => next.CoverTwo > best.CoverTwo ? next : best);
        var buffered = ExactFraction.From(decisive.CoverTwo) * (ExactFraction.From(100m) + ExactFraction.From(terms.BufferPercent)) / ExactFraction.From(100m);
        var minimums = terms.MinimumContribution * terms.Weights.Count;
        var fund = BigInteger.Max(buffered.Ceiling(), minimums);
        return new DefaultFundSize(demands, decisive.CoverTwo, decisive.Scenario, fund, Contributions(fund, minimums, terms));
    }

    private static ScenarioDemand DemandOf(string scenario, IReadOnlyDictionary<string, BigInteger> losses, DefaultFundTerms terms)
    {
        var groups = new Dictionary<string, BigInteger>(StringComparer.Ordinal);
        foreach (var (member, loss) in losses)
        {
            if (loss.Sign < 0)
            {
                throw new ArgumentException($"the uncovered loss of {member} in {scenario} is {loss}; 0 or more is needed", nameof(losses));
            }

            if (!terms.Weights.ContainsKey(member))
            {
                throw new ArgumentException($"{member} has an uncovered loss in {scenario} and no weight; every member contributes, give its trailing margin", nameof(losses));
            }

            var group = terms.AffiliateGroups is { } groupOf && groupOf.TryGetValue(member, out var named) ? "group " + named : "member " + member;
            groups[group] = groups.GetValueOrDefault(group) + loss;
        }

        BigInteger[] largest = [.. groups.Values.OrderDescending().Take(3), 0, 0, 0];
        return new ScenarioDemand(scenario, largest[0], largest[1] + largest[2], largest[0] + largest[1]);
    }

    private static SortedDictionary<string, BigInteger> Contributions(BigInteger fund, BigInteger minimums, DefaultFundTerms terms)
    {
        string[] members = [.. terms.Weights.Keys.Order(Utf8Ordinal.Order)];
        var shares = LargestRemainder.Share(fund - minimums, WholeWeights(members, terms.Weights));
        var contributions = new SortedDictionary<string, BigInteger>(Utf8Ordinal.Order);
        for (var i = 0; i < members.Length; i++)
        {
            contributions.Add(members[i], terms.MinimumContribution + shares[i]);
        }

        return contributions;
    }

    /// <summary>The weights in units of their finest decimal place, so that shares are exact.</summary>
    private static BigInteger[] WholeWeights(string[] members, IReadOnlyDictionary<string, decimal> weights)
    {
        var places = weights.Values.Max(w => w.Scale);
        return [.. members.Select(m => (ExactFraction.From(weights[m]) * ExactFraction.From(BigInteger.Pow(10, places))).Numerator)];
    }
}
