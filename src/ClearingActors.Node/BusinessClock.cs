using ClearingActors.Actors;
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
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _run;
    private bool _complained;

    internal BusinessClock(ClearingEngine engine, TimeProvider time, ILogger logger)
    {
        _engine = engine;
        _time = time;
        _logger = logger;
        _run = RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _run.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(Period, _time);
        try
        {
            do
            {
                await AdvanceAsync().ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The end that was asked for.
        }
    }

    private async Task AdvanceAsync()
    {
        var now = (_time.GetUtcNow().UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) * 100;
        try
        {
            await _engine.AdvanceBusinessTimeAsync(Principal, now, _stop.Token).ConfigureAwait(false);
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
