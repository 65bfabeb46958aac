using System.Security.Cryptography;
using ClearingActors.Journal;
using ClearingActors.Journal.Proofs;
using Microsoft.Extensions.Logging;

namespace ClearingActors.Node.Checkpoints;

/// <summary>
/// Makes a checkpoint of the journal every few seconds while something is new, at each settlement's close, and when the node stops: behind the append path, on a thread of the
/// pool. What goes wrong is logged and tried again; nothing waits for it.
/// </summary>
internal sealed class CheckpointLoop : IAsyncDisposable
{
    private readonly ICheckpointStore _journal;
    private readonly Checkpointer _checkpointer;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IDisposable[] _owned;
    private readonly CancellationTokenSource _stopping = new();
    private TaskCompletionSource _settled = NewSignal();
    private TaskCompletionSource _made = NewSignal();
    private Task _running = Task.CompletedTask;
    private bool _leased;
    private string _failure = "";

    private CheckpointLoop(ICheckpointStore journal, Checkpointer checkpointer, TimeSpan interval, TimeProvider time, ILogger logger, IDisposable[] owned)
    {
        _journal = journal;
        _checkpointer = checkpointer;
        _interval = interval;
        _time = time;
        _logger = logger;
        _owned = owned;
    }

    /// <summary>The newest checkpoint that this node knows; null before the first. Any thread.</summary>
    internal SignedCheckpoint? Last => _checkpointer.Last;

    /// <summary>Why the last attempt made none; empty if nothing is wrong. Any thread.</summary>
    internal string Failure => Volatile.Read(ref _failure);

    /// <summary>Completes when the next checkpoint is made.</summary>
    internal Task NextAsync() => Volatile.Read(ref _made).Task;

    /// <summary>Goes on from the newest stored checkpoint. Starts nothing yet.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="checkpointer">Of that journal.</param>
    /// <param name="interval">Between two checkpoints.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The node's.</param>
    /// <param name="owned">Disposed of at the end.</param>
    /// <exception cref="CheckpointException">The journal has lost turns that were signed, or the key is not its.</exception>
    internal static CheckpointLoop Open(ICheckpointStore journal, Checkpointer checkpointer, TimeSpan interval, TimeProvider time, ILogger logger, params IDisposable[] owned)
    {
        var loop = new CheckpointLoop(journal, checkpointer, interval, time, logger, owned);
        loop.TakeLease();
        return loop;
    }

    /// <summary>Starts.</summary>
    /// <param name="write">Stores a checkpoint on the writer's thread.</param>
    internal void Start(Func<CheckpointRecord, CancellationToken, Task<bool>> write) => _running = Task.Run(() => RunAsync(record => write(record, _stopping.Token)));

    /// <summary>A settlement has closed: its checkpoint is made at once. Any thread; does not block.</summary>
    internal void Settled() => Volatile.Read(ref _settled).TrySetResult();

    /// <summary>Ends the loop and makes the last checkpoint over all that is durable, when nobody writes the journal any more.</summary>
    internal async Task StopAsync()
    {
        await EndAsync().ConfigureAwait(false);
        await MakeAsync(record => Task.FromResult(_journal.WriteCheckpoint(record))).ConfigureAwait(false);
    }

    /// <summary>Ends at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await EndAsync().ConfigureAwait(false);
        foreach (var owned in _owned)
        {
            owned.Dispose();
        }

        _stopping.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task EndAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
    }

    private async Task RunAsync(Func<CheckpointRecord, Task<bool>> write)
    {
        while (!_stopping.IsCancellationRequested)
        {
            await MakeAsync(write).ConfigureAwait(false);
            var settled = Volatile.Read(ref _settled).Task;
            try
            {
                await Task.WhenAny(Task.Delay(_interval, _time, _stopping.Token), settled).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }

            if (settled.IsCompleted)
            {
                Volatile.Write(ref _settled, NewSignal());
            }
        }
    }

    private async Task MakeAsync(Func<CheckpointRecord, Task<bool>> write)
    {
        try
        {
            if (!TakeLease())
            {
                return;
            }

            if (await _checkpointer.MakeAsync(write, _stopping.IsCancellationRequested ? CancellationToken.None : _stopping.Token).ConfigureAwait(false))
            {
                Interlocked.Exchange(ref _made, NewSignal()).TrySetResult();
                _logger.LogDebug("Checkpoint {Number} is signed", Last?.Checkpoint.Number);
            }

            Volatile.Write(ref _failure, "");
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The last checkpoint is made when the node stops in order.
        }
        catch (Exception e) when (e is CheckpointException or JournalException or IOException or UnauthorizedAccessException or InvalidDataException or FormatException or CryptographicException)
        {
            // Clearing goes on; what is not signed yet is signed when the cause is mended.
            Volatile.Write(ref _failure, e.Message);
            _leased = false;
            _logger.LogError(e, "No checkpoint could be made; it is tried again in {Seconds} s", _interval.TotalSeconds);
        }
    }

    /// <summary>Another process may have made checkpoints before this one, so it begins with what is stored.</summary>
    private bool TakeLease()
    {
        if (!_journal.LeaseCheckpoints())
        {
            _leased = false;
            return false;
        }

        if (!_leased)
        {
            _checkpointer.Resume();
            _leased = true;
        }

        return true;
    }
}
