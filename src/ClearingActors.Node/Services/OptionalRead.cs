using ClearingActors.Actors;
using ClearingActors.Engine;
using ClearingActors.Journal;
using ClearingActors.Node.Monitors;

namespace ClearingActors.Node.Services;

/// <summary>Reads a part of an answer that the rest can do without: what tells of a fault must not fall with the faulty part.</summary>
internal static class OptionalRead
{
    /// <summary>What was read, or why it could not be within <see cref="HouseAlerts.Patience"/>; one of the two is null.</summary>
    internal static async Task<(T? Value, string? Error)> TryAsync<T>(Func<Task<T>> read, TimeProvider time)
        where T : class
    {
        try
        {
            return (await read().WaitAsync(HouseAlerts.Patience, time).ConfigureAwait(false), null);
        }
        catch (Exception e) when (e is CommandFailedException or RefusedException or JournalException)
        {
            return (null, e.Message);
        }
        catch (TimeoutException)
        {
            return (null, $"no answer within {HouseAlerts.Patience.TotalSeconds} s");
        }
    }
}
