using ClearingActors.Actors;
using ClearingActors.Domain;
using ClearingActors.Engine;
using Microsoft.Extensions.Logging;

namespace ClearingActors.Node;

/// <summary>Moves business time to the machine's time once a second, until it is disposed.</summary>
internal sealed class BusinessClock : IAsyncDisposable
{
    /// <summary>Who moves it, as decisions record.</summary>
    private const string Principal = "node:clock";

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly ClearingEngine _engine;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Periodic _periodic;
    private bool _complained;

    internal BusinessClock(ClearingEngine engine, TimeProvider time, ILogger logger)
    {
        _engine = engine;
        _time = time;
        _logger = logger;
        _periodic = new Periodic(Period, time, AdvanceAsync, "The business clock", logger);
    }

    public ValueTask DisposeAsync() => _periodic.DisposeAsync();

    private async Task AdvanceAsync(CancellationToken stop)
    {
        var now = UtcTime.Of(_time.GetUtcNow());
        try
        {
            await _engine.AdvanceBusinessTimeAsync(Principal, now, stop).ConfigureAwait(false);
            _complained = false;
        }
        catch (Exception e) when (e is RefusedException or CommandFailedException)
        {
            // Once until it goes on: the next tick tries again.
            if (!_complained)
            {
                _complained = true;
                _logger.LogWarning("Business time was not advanced to {Instant}: {Reason}", now, e.Message);
            }
        }
    }
}
