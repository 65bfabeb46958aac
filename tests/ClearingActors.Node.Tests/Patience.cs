namespace ClearingActors.Node.Tests;

/// <summary>How long a test waits for what must happen before it calls it failed. No test measures by it.</summary>
internal static class Patience
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(40);

    internal static Task Within(this Task task) => task.WaitAsync(Limit, TestContext.Current.CancellationToken);

    internal static Task<T> Within<T>(this Task<T> task) => task.WaitAsync(Limit, TestContext.Current.CancellationToken);

    internal static Task<T> Within<T>(this ValueTask<T> task) => task.AsTask().Within();

    /// <summary>Asks again until the answer is yes.</summary>
    internal static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        var end = DateTime.UtcNow + Limit;
        while (!await condition())
        {
            (DateTime.UtcNow < end).ShouldBeTrue($"waited in vain until {what}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
