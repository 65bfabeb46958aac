using ClearingActors.Risk.Pricing;

namespace ClearingActors.Risk.Tests.Pricing;

/// <summary>Worked prices from an independent program.</summary>
public sealed class PricingVectorTests
{
    [Fact]
    public void European_prices_and_greeks_agree_with_the_worked_numbers()
    {
        var vector = PricingVectors.Open<EuropeanVector>("pricing_european");
        vector.Cases.ShouldNotBeEmpty();
        foreach (var c in vector.Cases)
        {
            var greeks = BlackScholesMerton.WithGreeks(c.Type, c.Spot, c.Strike, c.Rate, c.DividendYield, c.ExpiryYears, c.Vol);
            BlackScholesMerton.Price(c.Type, c.Spot, c.Strike, c.Rate, c.DividendYield, c.ExpiryYears, c.Vol).ShouldBe(greeks.Price);
            greeks.Price.ShouldBe(c.Price, vector.AbsoluteTolerance, c.ToString());
            greeks.Delta.ShouldBe(c.Delta, vector.AbsoluteTolerance, c.ToString());
            greeks.Gamma.ShouldBe(c.Gamma, vector.AbsoluteTolerance, c.ToString());
            greeks.Vega.ShouldBe(c.Vega, vector.AbsoluteTolerance, c.ToString());
            greeks.Theta.ShouldBe(c.Theta, vector.AbsoluteTolerance, c.ToString());
            greeks.Rho.ShouldBe(c.Rho, vector.AbsoluteTolerance, c.ToString());
        }
    }

    [Fact]
    public void Bachelier_prices_agree_with_the_worked_numbers()
    {
        var vector = PricingVectors.Open<BachelierVector>("pricing_bachelier");
        vector.Cases.ShouldNotBeEmpty();
        foreach (var c in vector.Cases)
        {
            Bachelier.Price(c.Type, c.Forward, c.Strike, c.ExpiryYears, c.NormalVol, c.DiscountFactor)
                .ShouldBe(c.Price, vector.AbsoluteTolerance, c.ToString());
        }
    }

    [Theory]
    [InlineData("\"price\": 1}", "\"price\": 1, \"colour\": 2}", "colour")]
    [InlineData("\"strike\": 0,", "", "strike")]
    [InlineData("\"strike\": 0,", "\"strike\": 0, \"strike\": 1,", "strike")]
    [InlineData("\"call\"", "\"straddle\"", "type")]
    [InlineData("pricing_bachelier", "pricing_lattice", "pricing_lattice")]
    public void A_malformed_file_is_refused_and_the_fault_is_named(string from, string to, string named)
    {
        const string Good = """
            {"kind": "pricing_bachelier", "absoluteTolerance": 1e-9, "cases": [
              {"type": "call", "forward": 1, "strike": 0, "expiryYears": 1, "normalVol": 1, "discountFactor": 1, "price": 1}]}
            """;
        PricingVectors.Parse<BachelierVector>(Good, "pricing_bachelier").Cases.Count.ShouldBe(1);
        Good.ShouldContain(from);
        Should.Throw<FormatException>(() => PricingVectors.Parse<BachelierVector>(Good.Replace(from, to), "pricing_bachelier")).Message.ShouldContain(named);
    }
}
