namespace ClearingActors.Engine.Tests;

internal static class Advancing
{
    /// <summary>Moves business time on, and waits until every shard has it and has done what it started.</summary>
    internal static async Task AdvanceAsync(this ClearingEngine engine, string principal, long instant, CancellationToken cancellation = default)
    {
        await engine.AdvanceBusinessTimeAsync(principal, instant, cancellation);
        await engine.QuiesceAsync(cancellation);
    }
}
