namespace ClearingActors.Risk.Margin;

/// <summary>What two product groups must share to be offset against each other (rulebook 8.4).</summary>
/// <param name="Confidence">Between 0 and 1.</param>
/// <param name="MporDays">Days of the margin period.</param>
/// <param name="Currency">The margin currency.</param>
/// <param name="DefaultFund">The fund that stands behind the group.</param>
/// <param name="Measure">The figure of the tail.</param>
/// <param name="ScenarioVersion">See <see cref="Scenarios.ScenarioSet.Version"/>: scenarios must be joint to be added.</param>
public sealed record OffsetSet(double Confidence, double MporDays, string Currency, string DefaultFund, RiskMeasure Measure, string ScenarioVersion);

/// <summary>A product group under full revaluation.</summary>
/// <param name="Group">The group's id.</param>
/// <param name="Set">Groups of an equal set are offset.</param>
/// <param name="ProfitAndLoss">One gain per scenario.</param>
public sealed record RevaluedGroup(string Group, OffsetSet Set, ReadOnlyMemory<double> ProfitAndLoss);

/// <summary>Model margin of one offset set.</summary>
/// <param name="Set">What the groups share.</param>
/// <param name="GroupMargins">By group, in the order given.</param>
/// <param name="JointMargin">Of all groups as one portfolio.</param>
/// <param name="Margin">After offsets.</param>
public sealed record OffsetSetMargin(OffsetSet Set, IReadOnlyList<KeyValuePair<string, double>> GroupMargins, double JointMargin, double Margin);

/// <summary>Model margin of an account's product groups: tail by group, then offsets within each set (rulebook 8.3, 8.4). Sets and scanned groups add up.</summary>
public static class ModelMargin
{
    /// <summary>One result per set, in the order in which the sets first occur. Vectors are added in the order given.</summary>
    /// <exception cref="ArgumentException">A group twice, or vectors of a set that differ in length.</exception>
    public static IReadOnlyList<OffsetSetMargin> Of(IReadOnlyList<RevaluedGroup> groups)
    {
        var results = new List<OffsetSetMargin>();
        foreach (var set in groups.Select(g => g.Set).Distinct())
        {
            RevaluedGroup[] members = [.. groups.Where(g => g.Set == set)];
            var joint = new double[members[0].ProfitAndLoss.Length];
            var margins = new List<KeyValuePair<string, double>>();
            foreach (var member in members)
            {
                var vector = member.ProfitAndLoss.Span;
                if (vector.Length != joint.Length || margins.Any(m => m.Key == member.Group))
                {
                    throw new ArgumentException($"group {member.Group} has {vector.Length} scenarios, {members[0].Group} has {joint.Length}; a group counts once and its vector must be as long as the others", nameof(groups));
                }

                margins.Add(new(member.Group, TailRisk.Of(vector, set.Confidence).Of(set.Measure)));
                for (var i = 0; i < joint.Length; i++)
                {
                    joint[i] += vector[i];
                }
            }

            var jointMargin = TailRisk.Of(joint, set.Confidence).Of(set.Measure);
            results.Add(new OffsetSetMargin(set, margins, jointMargin, GroupOffset.Margin([.. margins.Select(m => m.Value)], jointMargin)));
        }

        return results;
    }
}
