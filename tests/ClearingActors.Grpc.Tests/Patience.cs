namespace ClearingActors.Grpc.Tests;

/// <summary>How long a test waits for what must happen before it calls it failed. No test measures by it.</summary>
internal static class Patience
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    internal static Task Within(this Task task) => task.WaitAsync(Limit, TestContext.Current.CancellationToken);

    internal static Task<T> Within<T>(this Task<T> task) => task.WaitAsync(Limit, TestContext.Current.CancellationToken);
}
