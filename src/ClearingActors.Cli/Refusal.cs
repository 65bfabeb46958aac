using System.Globalization;

namespace ClearingActors.Cli;

/// <summary>What the engine says of an input that it refuses, in one line for people.</summary>
internal static class Refusal
{
    /// <summary>The message without the framework's additions, with the value at fault.</summary>
    public static string Of(Exception refusal)
    {
        var end = refusal is ArgumentException { ParamName: not null } ? refusal.Message.IndexOf(" (Parameter '", StringComparison.Ordinal) : -1;
        var message = end > 0 ? refusal.Message[..end] : refusal.Message;
        var value = refusal is ArgumentOutOfRangeException { ActualValue: { } actual } ? Convert.ToString(actual, CultureInfo.InvariantCulture) : null;
        return value is null || message.Contains($" is {value}", StringComparison.Ordinal) ? message : $"{((ArgumentException)refusal).ParamName} is {value}: {message}";
    }
}
