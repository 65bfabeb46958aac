namespace ClearingActors.Risk.Stress;

/// <summary>The smallest shock that exhausts the resources.</summary>
/// <param name="Found">False if nothing in the range exhausts them.</param>
/// <param name="Shock">If found: it exhausts, and a shock smaller by the tolerance, on the way there, does not.</param>
/// <param name="Evaluations">How often the house was revalued.</param>
public readonly record struct ReverseStressResult(bool Found, double Shock, int Evaluations);

/// <summary>
/// Reverse stress on one factor (rulebook 10.1). A book with options is not monotone, so a grid is scanned from no shock outwards and only the first step that
/// exhausts is bisected. A smaller shock that lies wholly within one step of the grid is missed; more steps find it.
/// </summary>
public static class ReverseStress
{
    /// <summary>The most steps of a grid.</summary>
    public const int MaxSteps = 100_000;

    /// <param name="exhausts">True if the shock exhausts the resources. Asked at 0 first.</param>
    /// <param name="furthest">The end of the range, negative for a fall; not 0.</param>
    /// <param name="steps">1 to <see cref="MaxSteps"/>.</param>
    /// <param name="tolerance">Above 0, in the unit of the shock.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public static ReverseStressResult SmallestShock(Func<double, bool> exhausts, double furthest, int steps, double tolerance)
    {
        if (!double.IsFinite(furthest) || furthest == 0.0)
        {
            throw new ArgumentOutOfRangeException(nameof(furthest), furthest, "a finite number other than 0 is allowed");
        }

        if (steps is < 1 or > MaxSteps)
        {
            throw new ArgumentOutOfRangeException(nameof(steps), steps, $"1 to {MaxSteps} is allowed");
        }

        if (!(tolerance > 0.0 && double.IsFinite(tolerance)))
        {
            throw new ArgumentOutOfRangeException(nameof(tolerance), tolerance, "a finite number above 0 is allowed");
        }

        var evaluations = 1;
        if (exhausts(0.0))
        {
            return new ReverseStressResult(true, 0.0, evaluations);
        }

        var safe = 0.0;
        for (var step = 1; step <= steps; step++)
        {
            var shock = furthest * step / steps;
            evaluations++;
            if (!exhausts(shock))
            {
                safe = shock;
                continue;
            }

            while (Math.Abs(shock - safe) > tolerance)
            {
                var middle = safe + ((shock - safe) / 2.0);
                if (middle == safe || middle == shock)
                {
                    break;
                }

                evaluations++;
                (safe, shock) = exhausts(middle) ? (safe, middle) : (middle, shock);
            }

            return new ReverseStressResult(true, shock, evaluations);
        }

        return new ReverseStressResult(false, furthest, evaluations);
    }
}
