namespace ClearingActors.Node.Audit;

/// <summary>
/// What all auditors together may read in a second, so that clearing has the machine: who reads faster waits. What was not used for up to a quarter of a second may be used at once, so
/// who follows a journal that grows more slowly does not wait. Thread-safe.
/// </summary>
/// <param name="bytesPerSecond">Of all streams.</param>
/// <param name="time">The clock.</param>
internal sealed class ReadBudget(long bytesPerSecond, TimeProvider time)
{
    private const double Burst = 0.25;

    private readonly Lock _gate = new();
    private double _left = bytesPerSecond * Burst;
    private long _at = time.GetTimestamp();

    /// <summary>Takes what was sent, and waits until it is paid for.</summary>
    internal Task TakeAsync(long bytes, CancellationToken cancellation)
    {
        double owed;
        lock (_gate)
        {
            var now = time.GetTimestamp();
            _left = Math.Min(bytesPerSecond * Burst, _left + (time.GetElapsedTime(_at, now).TotalSeconds * bytesPerSecond)) - bytes;
            _at = now;
            owed = -_left;
        }

        return owed > 0 ? Task.Delay(TimeSpan.FromSeconds(owed / bytesPerSecond), time, cancellation) : Task.CompletedTask;
    }
}
