namespace ClearingActors.Cli.Models;

/// <summary>What difference a vector file allows.</summary>
/// <param name="Exact">True: none at all; decimals compare as numbers.</param>
/// <param name="Relative">Of the size of the expected value, 0 or more.</param>
/// <param name="Absolute">0 or more.</param>
/// <param name="OfStrike">Of the case's strike, 0 or more.</param>
public readonly record struct VectorTolerance(bool Exact, double Relative, double Absolute, double OfStrike)
{
    /// <summary>Reads the file's tolerance fields; one at least is needed, and exactness goes with no other.</summary>
    /// <param name="root">The file.</param>
    /// <param name="hasStrike">True if the kind's cases have a strike.</param>
    /// <exception cref="VectorFormatException">None, a contradiction, or one below zero.</exception>
    internal static VectorTolerance Read(VectorObject root, bool hasStrike)
    {
        if (root.Has("exact"))
        {
            if (!root.Boolean("exact"))
            {
                throw root.Problem("exact", "is false; true is allowed, or a tolerance instead");
            }

            return root.Has("relativeTolerance") || root.Has("absoluteTolerance") || root.Has("toleranceOfStrike")
                ? throw root.Problem("exact", "is true and a tolerance is given too; choose one")
                : new VectorTolerance(true, 0.0, 0.0, 0.0);
        }

        var given = 0;
        var relative = Optional("relativeTolerance");
        var absolute = Optional("absoluteTolerance");
        var ofStrike = hasStrike ? Optional("toleranceOfStrike") : 0.0;
        return given > 0
            ? new VectorTolerance(false, relative, absolute, ofStrike)
            : throw new VectorFormatException(root.Path, $"no tolerance is given: \"exact\", \"relativeTolerance\", \"absoluteTolerance\"{(hasStrike ? " or \"toleranceOfStrike\"" : "")} is missing");

        double Optional(string field)
        {
            if (!root.Has(field))
            {
                return 0.0;
            }

            given++;
            return root.Number(field, 0.0, double.MaxValue);
        }
    }

    /// <summary>max(absolute, relative x |expected|, of strike x |strike|).</summary>
    public double Allowed(double expected, double strike) => Math.Max(Absolute, Math.Max(Relative * Math.Abs(expected), OfStrike * Math.Abs(strike)));
}
