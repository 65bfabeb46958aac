using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Cli.Models.Kinds;

/// <summary>Positions of a margin case, all on one underlying price: futures, and options by undiscounted Black-76 on it.</summary>
internal static class VectorPositions
{
    private const string Currency = "USD";

    public static IReadOnlyList<Holding> Read(VectorObject item, RiskFactorId factor, double price, bool hasVolBeta)
    {
        var holdings = new List<Holding>();
        foreach (var position in item.Objects("positions"))
        {
            VectorCheck.Refusals(position.Path, () => holdings.Add(Read(position, $"P{holdings.Count + 1}", factor, price, hasVolBeta)));
            position.Close();
        }

        return holdings;
    }

    private static Holding Read(VectorObject position, string name, RiskFactorId factor, double price, bool hasVolBeta)
    {
        var option = position.Word("kind", ("future", false), ("option", true));
        var quantity = position.Integer("quantity");
        var multiplier = position.Number("multiplier");
        if (!option)
        {
            return new Holding(new LinearRisk(name, factor, price, multiplier, Currency), quantity);
        }

        var terms = new OptionTerms
        {
            Model = OptionModel.Black76,
            Type = position.OptionType("type"),
            Strike = position.Number("strike"),
            ExpiryYears = position.Number("expiryYears"),
            Volatility = position.Number("vol"),
            VolBeta = hasVolBeta ? position.Number("volBeta") : 0.0,
        };
        return new Holding(new OptionRisk(name, factor, price, multiplier, Currency, terms), quantity);
    }
}
