using System.Numerics;
using ClearingActors.Domain;
using ClearingActors.Domain.Settlement;

namespace ClearingActors.Cli.Models.Kinds;

/// <summary>Rulebook 6.3 and 6.4: final prices, assignment, and the settlement of perpetuals.</summary>
internal static class SettlementVectors
{
    public static void PerpetualFunding(VectorObject root, VectorReport report, VectorData data) => VectorCheck.Cases(root, (item, name) =>
    {
        var rate = Domain.Settlement.PerpetualFunding.ExactRate(
            item.DecimalNumber("premiumIndex8h"), item.DecimalNumber("interest8h"), item.DecimalNumber("cap8h"), item.DecimalNumber("intervalHours"));
        var cash = Domain.Settlement.PerpetualFunding.LinearAmount(item.Integer("quantity"), item.DecimalNumber("multiplier"), item.DecimalNumber("mark"), rate);
        report.Exact(name, "rate", item.ExactNumber("rate"), rate);
        report.Exact(name, "cashflow", item.ExactNumber("cashflow"), cash);
    });

    public static void InverseVariationMargin(VectorObject root, VectorReport report, VectorData data) => VectorCheck.Cases(root, (item, name) =>
    {
        var settled = Domain.Settlement.InverseVariationMargin.Settle(
            ById.Lots(item.Object("positions")), item.DecimalNumber("face"), item.Decimal("referencePrice"), item.Decimal("settlementPrice"), item.Integer("minorUnits", 0, 28));
        ById.Compare(report, name, "variationMargin", item.Object("variationMargin"), settled.Amounts);
        report.Exact(name, "ccpRounding", item.Exact("ccpRounding"), ExactFraction.From(settled.CcpRounding));
    });

    public static void SettlementPrice(VectorObject root, VectorReport report, VectorData data) => VectorCheck.Cases(root, (item, name) =>
    {
        var marks = item.Objects("marks").Select(m =>
        {
            var mark = new ExpiryMark(m.Integer("at"), m.Decimal("price"));
            m.Close();
            return mark;
        }).ToList();
        var price = ExpiryPrice.TimeWeighted(marks, item.Integer("windowStart"), item.Integer("windowEnd"), item.Decimal("tick"));
        report.Exact(name, "settlementPrice", item.Exact("settlementPrice"), ExactFraction.From(price));
    });

    public static void Assignment(VectorObject root, VectorReport report, VectorData data) => VectorCheck.Cases(root, (item, name) =>
    {
        var shorts = ById.Lots(item.Object("shorts")).Select(s => new ShortLots(s.Key, "", s.Value)).ToList();
        var assigned = ExerciseAssignment.Assign(item.Integer("lots"), shorts);
        ById.Compare(report, name, "assigned", item.Object("assigned"), assigned.ToDictionary(a => a.Account, a => (BigInteger)a.Lots));
    });
}
