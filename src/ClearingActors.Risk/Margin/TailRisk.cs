namespace ClearingActors.Risk.Margin;

/// <summary>Which figure of the tail is the margin.</summary>
public enum RiskMeasure
{
    /// <summary>The default: expected shortfall.</summary>
    ExpectedShortfall = 0,

    ValueAtRisk = 1,
}

/// <summary>The tail of a profit-and-loss vector (rulebook 8.3).</summary>
/// <param name="TailCount">k, 1 or more.</param>
/// <param name="ValueAtRisk">The k-th largest loss, at least 0.</param>
/// <param name="ExpectedShortfall">The mean of the k largest losses, at least 0.</param>
public readonly record struct TailRisk(int TailCount, double ValueAtRisk, double ExpectedShortfall)
{
    /// <summary>k = ceil((1 - confidence) x n - 1e-9), at least 1. The 1e-9 takes back what binary fractions add: (1 - 0.99) x 300 is 3, not 4.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No scenarios, or a confidence that is not between 0 and 1.</exception>
    public static int CountOf(int scenarios, double confidence)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(scenarios, 1);
        if (!(confidence is > 0.0 and < 1.0))
        {
            throw new ArgumentOutOfRangeException(nameof(confidence), confidence, "more than 0 and less than 1 is allowed, such as 0.99");
        }

        return Math.Clamp((int)Math.Ceiling(((1.0 - confidence) * scenarios) - 1e-9), 1, scenarios);
    }

    /// <summary>The tail of a vector. The losses are summed from the largest down.</summary>
    /// <param name="profitAndLoss">One gain per scenario, finite, in any order.</param>
    /// <param name="confidence">Between 0 and 1.</param>
    /// <exception cref="ArgumentException">No scenarios, a confidence out of range, or a gain that is not finite.</exception>
    public static TailRisk Of(ReadOnlySpan<double> profitAndLoss, double confidence)
    {
        var count = CountOf(profitAndLoss.Length, confidence);
        var worst = Worst(profitAndLoss, count);
        var sum = 0.0;
        foreach (var gain in worst)
        {
            sum += -gain;
        }

        return new TailRisk(count, Math.Max(0.0, -worst[^1]), Math.Max(0.0, sum / count));
    }

    /// <summary>The worst gains, worst first.</summary>
    /// <param name="profitAndLoss">One gain per scenario.</param>
    /// <param name="count">0 to the number of scenarios.</param>
    /// <exception cref="ArgumentException">A gain is not finite.</exception>
    public static double[] Worst(ReadOnlySpan<double> profitAndLoss, int count)
    {
        var worst = new double[count];
        if (count > profitAndLoss.Length / 8)
        {
            var sorted = profitAndLoss.ToArray();
            RequireFinite(sorted);
            Array.Sort(sorted);
            sorted.AsSpan(0, count).CopyTo(worst);
            return worst;
        }

        // A few of many: each gain below the best that is kept goes to its place among them. The same numbers in the same order as a sort gives.
        RequireFinite(profitAndLoss);
        var kept = 0;
        foreach (var gain in profitAndLoss)
        {
            if (kept == count && (count == 0 || gain >= worst[^1]))
            {
                continue;
            }

            var place = kept < count ? kept++ : count - 1;
            while (place > 0 && gain < worst[place - 1])
            {
                worst[place] = worst[place - 1];
                place--;
            }

            worst[place] = gain;
        }

        return worst;
    }

    /// <summary>The figure that is the margin.</summary>
    public double Of(RiskMeasure measure) => measure switch
    {
        RiskMeasure.ExpectedShortfall => ExpectedShortfall,
        RiskMeasure.ValueAtRisk => ValueAtRisk,
        _ => throw new ArgumentOutOfRangeException(nameof(measure), measure, "ExpectedShortfall or ValueAtRisk is allowed"),
    };

    private static void RequireFinite(ReadOnlySpan<double> profitAndLoss)
    {
        for (var i = 0; i < profitAndLoss.Length; i++)
        {
            if (!double.IsFinite(profitAndLoss[i]))
            {
                throw new ArgumentException($"the gain in scenario {i} is {profitAndLoss[i]}; a finite number is needed", nameof(profitAndLoss));
            }
        }
    }
}
