using System.Numerics;
using ClearingActors.Domain;
using ClearingActors.Domain.Default;

namespace ClearingActors.Cli.Models.Kinds;

/// <summary>Rulebook 11.4: who bears a default's loss, in minor units.</summary>
internal static class DefaultVectors
{
    public static void Waterfall(VectorObject root, VectorReport report, VectorData data) => VectorCheck.Cases(root, (item, name) =>
    {
        if (item.Has("minorUnits"))
        {
            item.Text("minorUnits");
        }

        List<WaterfallLayer> layers = [.. item.Objects("layers").Select(Layer)];
        var result = Domain.Default.Waterfall.Allocate(Amount(item, "loss"), layers);
        var expected = item.Objects("used");
        if (expected.Count != layers.Count)
        {
            throw item.Problem("used", $"has {expected.Count} layers; the {layers.Count} of \"layers\" are needed, in their order");
        }

        for (var i = 0; i < expected.Count; i++)
        {
            Compare(report, name, expected[i], result.Layers[i]);
        }

        report.Whole(name, "unallocated", Amount(item, "unallocated"), result.Unallocated);
    });

    public static void Assessments(VectorObject root, VectorReport report, VectorData data) => VectorCheck.Cases(root, (item, name) =>
    {
        var weights = Amounts(item.Object("weights"));
        var caps = Amounts(item.Object("caps"));
        if (caps.Keys.Concat(weights.Keys).FirstOrDefault(m => !caps.ContainsKey(m) || !weights.ContainsKey(m)) is { } unknown)
        {
            throw new VectorFormatException(item.Path, $"member {unknown} is in one of \"weights\" and \"caps\" only; both are needed");
        }

        var result = Domain.Default.Assessments.Share(Amount(item, "amount"), weights.Select(w => new LayerMember(w.Key, caps[w.Key], w.Value)));
        ById.Compare(report, name, "share", item.Object("shares"), result.Shares.ToDictionary(s => s.Member, s => (BigInteger)s.Minor));
        report.Whole(name, "unplaced", Amount(item, "unplaced"), result.Unplaced);
    });

    private static WaterfallLayer Layer(VectorObject layer)
    {
        var id = layer.Text("layer");
        string[] given = [.. ((string[])["amount", "members", "tiers"]).Where(layer.Has)];
        if (given.Length != 1)
        {
            throw new VectorFormatException(layer.Path, $"layer {id} has {(given.Length == 0 ? "neither an amount nor members" : string.Join(" and ", given))}; one of \"amount\", \"members\" and \"tiers\" is needed");
        }

        var result = given[0] switch
        {
            "amount" => WaterfallLayer.Of(id, Amount(layer, "amount")),
            "members" => WaterfallLayer.OfMembers(id, Members(layer.Object("members"))),
            _ => WaterfallLayer.OfTiers(id, [.. layer.Objects("tiers").Select(Members)]),
        };
        layer.Close();
        return result;
    }

    private static void Compare(VectorReport report, string name, VectorObject expected, LayerUse got)
    {
        var layer = expected.Text("layer");
        if (layer != got.Layer)
        {
            throw expected.Problem("layer", $"is \"{layer}\"; {got.Layer} is next in \"layers\"");
        }

        var used = Amount(expected, "used");
        report.Whole(name, $"used {layer}", used, got.Used);

        // A layer that nothing is used of need not list its members.
        if (got.Shares.Count > 0 && (used > 0 || expected.Has("byMember")))
        {
            ById.Compare(report, name, layer, expected.Object("byMember"), got.ByMember().ToDictionary(m => m.Key, m => (BigInteger)m.Value));
        }

        expected.Close();
    }

    private static List<LayerMember> Members(VectorObject ids) => [.. Amounts(ids).Select(m => new LayerMember(m.Key, m.Value))];

    private static Dictionary<string, long> Amounts(VectorObject ids) => ById.Read(ids, id => Amount(ids, id));

    private static long Amount(VectorObject item, string field) =>
        item.Integer(field) is var amount && amount >= 0 ? amount : throw item.Problem(field, $"is {amount}; 0 or more is needed");
}
