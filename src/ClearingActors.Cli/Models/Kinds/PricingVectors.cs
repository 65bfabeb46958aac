using ClearingActors.Risk.Pricing;

namespace ClearingActors.Cli.Models.Kinds;

/// <summary>Rulebook 7: option prices and greeks of one unit.</summary>
internal static class PricingVectors
{
    public static void European(VectorObject root, VectorReport report, VectorData data) => VectorCheck.Cases(root, (item, name) =>
    {
        var (type, spot, strike, rate, dividendYield, expiryYears, vol) = OnSpot(item);
        var got = BlackScholesMerton.WithGreeks(type, spot, strike, rate, dividendYield, expiryYears, vol);
        report.Number(name, "price", item.Number("price"), got.Price, strike);
        report.Number(name, "delta", item.Number("delta"), got.Delta, strike);
        report.Number(name, "gamma", item.Number("gamma"), got.Gamma, strike);
        report.Number(name, "vega", item.Number("vega"), got.Vega, strike);
        report.Number(name, "theta", item.Number("theta"), got.Theta, strike);
        report.Number(name, "rho", item.Number("rho"), got.Rho, strike);
    });

    public static void American(VectorObject root, VectorReport report, VectorData data) => VectorCheck.Cases(root, (item, name) =>
    {
        var (type, spot, strike, rate, dividendYield, expiryYears, vol) = OnSpot(item);
        report.Number(name, "price", item.Number("price"), AmericanOption.Price(type, spot, strike, rate, dividendYield, expiryYears, vol), strike);
    });

    public static void Bachelier(VectorObject root, VectorReport report, VectorData data) => VectorCheck.Cases(root, (item, name) =>
    {
        var strike = item.Number("strike");
        var got = Risk.Pricing.Bachelier.Price(
            item.OptionType("type"), item.Number("forward"), strike, item.Number("expiryYears"), item.Number("normalVol"), item.Number("discountFactor"));
        report.Number(name, "price", item.Number("price"), got, strike);
    });

    private static (OptionType Type, double Spot, double Strike, double Rate, double DividendYield, double ExpiryYears, double Vol) OnSpot(VectorObject item) =>
        (item.OptionType("type"), item.Number("spot"), item.Number("strike"), item.Number("rate"), item.Number("dividendYield"), item.Number("expiryYears"), item.Number("vol"));
}
