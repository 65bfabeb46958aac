using System.Runtime.CompilerServices;

namespace ClearingActors.Risk.Pricing;

/// <summary>The refusals at the door of the pricing functions: each names the value and what is allowed.</summary>
internal static class PricingGuard
{
    /// <exception cref="ArgumentOutOfRangeException">The type is neither call nor put.</exception>
    public static void Type(OptionType type)
    {
        if (type is not (OptionType.Call or OptionType.Put))
        {
            throw new ArgumentOutOfRangeException(nameof(type), type, $"option type {(int)type} is not one: Call (1) or Put (2) is allowed");
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">The value is not finite.</exception>
    public static void Finite(double value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!double.IsFinite(value))
        {
            throw Refusal(name, value, "a finite number is allowed");
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">The value is not finite or not above zero.</exception>
    public static void Positive(double value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value > 0.0 && double.IsFinite(value)))
        {
            throw Refusal(name, value, "a finite number above zero is allowed");
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">The value is not finite or is below zero.</exception>
    public static void NotNegative(double value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value >= 0.0 && double.IsFinite(value)))
        {
            throw Refusal(name, value, "zero or a finite number above it is allowed");
        }
    }

    private static ArgumentOutOfRangeException Refusal(string name, double value, string allowed) =>
        new(name, value, $"{name} is {value:R}: {allowed}");
}
