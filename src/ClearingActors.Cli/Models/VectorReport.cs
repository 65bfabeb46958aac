using System.Globalization;
using System.Numerics;
using ClearingActors.Domain;

namespace ClearingActors.Cli.Models;

/// <summary>One number of a vector, checked.</summary>
/// <param name="Case">The case's name or place.</param>
/// <param name="Quantity">What the number is.</param>
/// <param name="Expected">As the file says.</param>
/// <param name="Got">As the engine computes.</param>
/// <param name="Difference">Got minus expected; empty where there is none to speak of.</param>
/// <param name="Passed">True within the tolerance.</param>
public sealed record CheckedQuantity(string Case, string Quantity, string Expected, string Got, string Difference, bool Passed);

/// <summary>What became of a vector file.</summary>
public enum VectorStatus
{
    Passed = 1,
    Missed = 2,
}

/// <summary>A checked vector file.</summary>
public sealed class VectorReport
{
    private readonly List<CheckedQuantity> _quantities = [];
    private readonly VectorTolerance _tolerance;

    internal VectorReport(string file, string kind, VectorTolerance tolerance)
    {
        File = file;
        Kind = kind;
        _tolerance = tolerance;
    }

    public string File { get; }

    public string Kind { get; }

    public IReadOnlyList<CheckedQuantity> Quantities => _quantities;

    public int Misses => _quantities.Count(q => !q.Passed);

    public VectorStatus Status => Misses == 0 ? VectorStatus.Passed : VectorStatus.Missed;

    internal void Number(string name, string quantity, double expected, double got, double strike = 0.0)
    {
        var difference = got - expected;
        var passed = _tolerance.Exact ? got == expected : Math.Abs(difference) <= _tolerance.Allowed(expected, strike);
        _quantities.Add(new CheckedQuantity(name, quantity, Show(expected), Show(got), Show(difference), passed));
    }

    internal void Exact(string name, string quantity, ExactFraction expected, ExactFraction got)
    {
        var difference = got - expected;
        var passed = difference.IsZero || (!_tolerance.Exact && Math.Abs(Double(difference)) <= _tolerance.Allowed(Double(expected), 0.0));
        _quantities.Add(new CheckedQuantity(name, quantity, Show(expected), Show(got), Show(difference), passed));
    }

    internal void Whole(string name, string quantity, BigInteger expected, BigInteger got) =>
        _quantities.Add(new CheckedQuantity(name, quantity, Text(expected), Text(got), Text(got - expected), got == expected));

    internal void Word(string name, string quantity, string expected, string got) =>
        _quantities.Add(new CheckedQuantity(name, quantity, expected, got, "", string.Equals(expected, got, StringComparison.Ordinal)));

    internal void Flag(string name, string quantity, bool expected, bool got) => Word(name, quantity, expected ? "true" : "false", got ? "true" : "false");

    private static double Double(ExactFraction value)
    {
        // Shifted so that the whole quotient has more bits than a double holds, whatever the sizes.
        var shift = (int)Math.Max(0, 80 + value.Denominator.GetBitLength() - value.Numerator.GetBitLength());
        return Math.ScaleB((double)((value.Numerator << shift) / value.Denominator), -shift);
    }

    private static string Show(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Show(ExactFraction value)
    {
        for (var places = 0; places <= 40; places++)
        {
            var scaled = BigInteger.DivRem(value.Numerator * BigInteger.Pow(10, places), value.Denominator, out var rest);
            if (rest.IsZero)
            {
                var digits = Text(BigInteger.Abs(scaled)).PadLeft(places + 1, '0');
                return (scaled.Sign < 0 ? "-" : "") + (places == 0 ? digits : $"{digits[..^places]}.{digits[^places..]}");
            }
        }

        return Show(Double(value));
    }

    private static string Text(BigInteger value) => value.ToString(CultureInfo.InvariantCulture);
}
