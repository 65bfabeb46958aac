using System.Numerics;
using ClearingActors.Risk.DefaultFund;

namespace ClearingActors.Cli.Models.Kinds;

/// <summary>Rulebook 10.2: cover-2 and the members' contributions, in minor units.</summary>
internal static class DefaultFundVectors
{
    public static void Check(VectorObject root, VectorReport report, VectorData data) => VectorCheck.Cases(root, (item, name) =>
    {
        var scenarios = item.Object("uncoveredLosses");
        var losses = ById.Read<IReadOnlyDictionary<string, BigInteger>>(scenarios, id =>
        {
            var members = scenarios.Object(id);
            return ById.Read(members, members.BigInteger);
        });
        var weights = item.Object("weights");
        var size = DefaultFundSizing.Of(losses, new DefaultFundTerms
        {
            BufferPercent = item.DecimalNumber("bufferPercent"),
            MinimumContribution = item.BigInteger("minimumContribution"),
            Weights = ById.Read(weights, weights.DecimalNumber),
        });
        report.Whole(name, "coverTwo", item.BigInteger("coverTwo"), size.CoverTwo);
        report.Word(name, "scenario", item.Text("scenario"), size.Scenario);
        report.Whole(name, "fund", item.BigInteger("fund"), size.Fund);
        ById.Compare(report, name, "contribution", item.Object("contributions"), size.Contributions);
    });
}
