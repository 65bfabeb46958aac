using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Monitor;
using ClearingActors.Risk.Pricing;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Risk.Tests.Monitor;

/// <summary>Rulebook 8.9: options of the monitor against full revaluation.</summary>
public sealed class FastOptionGainsTests
{
    private static readonly RiskFactorId Price = RiskFactorId.Price("SPX");
    private static readonly RiskFactorId Volatility = RiskFactorId.Volatility("VIX");

    [Fact]
    public void Gains_agree_with_full_revaluation_to_a_tenth_of_what_the_monitor_promises_or_are_left_to_it()
    {
        var random = new Random(7);
        var set = Scenarios(random);
        var served = 0;
        for (var i = 0; i < 400; i++)
        {
            var beta = random.Next(3) * 1.5;
            var option = Option(
                new OptionTerms
                {
                    Model = OptionModel.Black76,
                    Type = random.Next(2) == 0 ? OptionType.Call : OptionType.Put,
                    Strike = 500 + (random.NextDouble() * 6000),
                    ExpiryYears = random.Next(4) == 0 ? 0 : random.NextDouble() * 2,
                    Volatility = random.NextDouble() * 0.8,
                    VolBeta = beta,
                    VolatilityFactor = beta == 0 && random.Next(2) == 0 ? Volatility : null,
                    DiscountFactor = 0.9 + (0.1 * random.NextDouble()),
                });
            var exact = FullRevaluation.PerLot(option, set);
            if (FastOptionGains.TryPerLot(option, set, out var fast))
            {
                served++;
                var largest = exact.Max(Math.Abs);
                fast.Zip(exact, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThanOrEqualTo(1e-10 * largest, $"{option}");
            }
        }

        served.ShouldBeGreaterThan(200);
    }

    [Fact]
    public void What_the_fast_formula_does_not_know_is_left_to_full_revaluation()
    {
        var set = Scenarios(new Random(1));
        var plain = new OptionTerms { Model = OptionModel.Black76, Type = OptionType.Put, Strike = 3000, ExpiryYears = 0.5, Volatility = 0.2, VolBeta = 0, DiscountFactor = 1 };
        FastOptionGains.TryPerLot(Option(plain), set, out _).ShouldBeTrue();
        FastOptionGains.TryPerLot(Option(plain with { American = new AmericanExercise(0.05, 0.05) }), set, out _).ShouldBeFalse();
        FastOptionGains.TryPerLot(Option(plain with { Model = OptionModel.Bachelier, Volatility = 300 }), set, out _).ShouldBeFalse();
        FastOptionGains.TryPerLot(Option(plain with { Strike = 30, ExpiryYears = 0.01 }), set, out _).ShouldBeFalse();
    }

    private static OptionRisk Option(OptionTerms terms) => new("O", Price, 3000.0, 50.0, "USD", terms);

    private static ScenarioSet Scenarios(Random random) => new(
    [
        new FactorShocks(Price, ChangeKind.Relative, [.. Enumerable.Range(0, 203).Select(_ => (random.NextDouble() - 0.5) * 0.4)], null),
        new FactorShocks(Volatility, ChangeKind.Relative, [.. Enumerable.Range(0, 203).Select(_ => (random.NextDouble() - 0.5) * 0.4)], null),
    ]);
}
