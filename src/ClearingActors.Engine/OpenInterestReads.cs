using ClearingActors.Domain;

namespace ClearingActors.Engine;

/// <summary>The house's open interest, read once a second at most, however many ask. Thread-safe.</summary>
/// <param name="read">Goes through all accounts.</param>
/// <param name="time">The clock.</param>
internal sealed class OpenInterestReads(Func<Task<OpenInterest>> read, TimeProvider time)
{
    internal static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private Task<OpenInterest>? _reading;
    private long _began;
    private long _at;

    /// <summary>The newest figures, and when their reading began, UTC ns.</summary>
    internal async Task<(OpenInterest Open, long At)> ReadAsync(CancellationToken cancellation)
    {
        Task<OpenInterest> reading;
        long at;
        lock (_gate)
        {
            // One that failed is not kept.
            if (_reading is null || (_reading.IsCompleted && (!_reading.IsCompletedSuccessfully || time.GetElapsedTime(_began) >= Shortest)))
            {
                _began = time.GetTimestamp();
                _at = UtcTime.Of(time.GetUtcNow());
                _reading = read();
            }

            (reading, at) = (_reading, _at);
        }

        return (await reading.WaitAsync(cancellation).ConfigureAwait(false), at);
    }
}
