namespace ClearingActors.Grpc.Tests;

/// <summary>How long a test waits for what must happen before it calls it failed. No test measures by it.</summary>
internal static class Patience
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    internal static Task Within(this Task task) => task.WaitAsync(Limit, TestContext.Current.CancellationToken);

    internal static Task<T> Within<T>(this Task<T> task) => task.WaitAsync(Limit, TestContext.Current.CancellationToken);

    /// <summary>Asks again until the answer is yes.</summary>
    internal static async Task UntilAsync(Func<bool> condition, string what)
    {
        var end = DateTime.UtcNow + Limit;
        while (!condition())
        {
            (DateTime.UtcNow < end).ShouldBeTrue($"waited in vain until {what}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
