using ClearingActors.Actors;
using ClearingActors.Contracts.Markets.V1;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Market;
using ClearingActors.Engine;
using ClearingActors.Engine.Commands;
using ClearingActors.Grpc;
using ClearingActors.Node.Principals;

namespace ClearingActors.Node.Services;

/// <summary>One call of PublishMarks: hands marks to the engine, at most so many at a time, and counts what became of them.</summary>
internal sealed class MarkStream(ClearingEngine engine, Instruments instruments, Principal principal, TimeSpan patience, TimeProvider time) : IReplySink
{
    /// <summary>Marks in one message.</summary>
    private const int MaxMarks = 10_000;

    /// <summary>Marks without an answer.</summary>
    private const int MaxInFlight = 10_000;

    private readonly Lock _gate = new();
    private readonly WakeSignal _answered = new();
    private readonly SortedDictionary<string, long> _rejected = new(StringComparer.Ordinal);
    private long _accepted;
    private long _held;
    private long _unknown;
    private int _inFlight;

    /// <summary>Takes an answer; on a worker's thread.</summary>
    public void Reply(long token, object answer)
    {
        lock (_gate)
        {
            _inFlight--;
            switch (answer)
            {
                case MarkReply { Kind: MarkDecisionKind.Accepted }:
                    _accepted++;
                    break;
                case MarkReply { Kind: MarkDecisionKind.Held }:
                    _held++;
                    break;
                case MarkReply reply:
                    CountRejected(reply.Reason.ToString());
                    break;
                case CommandFailure { Kind: CommandFailureKind.ResourceExhausted }:
                    CountRejected(nameof(CommandFailureKind.ResourceExhausted));
                    break;
                default:
                    _unknown++;
                    break;
            }
        }

        _answered.Set();
    }

    /// <summary>Publishes the marks of one message; returns when there is room for more.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT, PERMISSION_DENIED: nothing of the message was taken.</exception>
    internal async ValueTask PublishAsync(PublishMarksRequest request, CancellationToken call)
    {
        if (request.Marks.Count > MaxMarks)
        {
            throw Refusals.BadInput("marks", request.Marks.Count, $"a message has at most {MaxMarks}; nothing of it was taken");
        }

        var reports = new List<MarkReport>(request.Marks.Count);
        for (var i = 0; i < request.Marks.Count; i++)
        {
            reports.Add(ReportOf(request.Marks[i], i));
        }

        HashSet<InstrumentId> unknown = [];
        foreach (var report in reports)
        {
            var instrument = unknown.Contains(report.Instrument) ? null : await FindAsync(report.Instrument).ConfigureAwait(false);
            if (instrument is null)
            {
                unknown.Add(report.Instrument);
                lock (_gate)
                {
                    CountRejected(nameof(MarkRejectReason.UnknownInstrument));
                }

                continue;
            }

            await WaitUntilAsync(MaxInFlight - 1, call).ConfigureAwait(false);
            lock (_gate)
            {
                _inFlight++;
            }

            Command command = engine.Mark(principal.Name, instrument.Underlying, report, new ReplyTo(this, 0));
            engine.Submit([command]);
        }
    }

    /// <summary>What became of all marks, when all are durable.</summary>
    /// <exception cref="RpcException">UNAVAILABLE: what became of some is unknown.</exception>
    internal async ValueTask<PublishMarksResponse> CompleteAsync(CancellationToken call)
    {
        await WaitUntilAsync(0, call).ConfigureAwait(false);
        lock (_gate)
        {
            if (_unknown > 0)
            {
                throw new RpcException(StatusCode.Unavailable, $"what became of {_unknown} marks is unknown; {_accepted} were accepted. Go on with the newest prices");
            }

            var response = new PublishMarksResponse { Accepted = _accepted, Held = _held, Rejected = _rejected.Values.Sum() };
            response.RejectedByReason.Add(_rejected);
            return response;
        }
    }

    private void CountRejected(string reason) => _rejected[reason] = _rejected.GetValueOrDefault(reason) + 1;

    private MarkReport ReportOf(Contracts.Markets.V1.Mark mark, int number)
    {
        var source = Fields.Id<MarkSourceId>($"marks[{number}].source", mark.Source, MarkSourceId.TryParse);
        if (!principal.MayPublish(source))
        {
            throw new RpcException(StatusCode.PermissionDenied, $"{principal.Name} may not publish marks of source {source}; nothing of the message was taken");
        }

        var instrument = Fields.Id<InstrumentId>($"marks[{number}].instrument", mark.Instrument, InstrumentId.TryParse);
        return new MarkReport(instrument, source, WireDecimal.Read($"marks[{number}].price", mark.Price), mark.Time);
    }

    private ValueTask<Instrument?> FindAsync(InstrumentId id) => Refusals.RunAsync(() => instruments.FindAsync(id).AsTask());

    private async ValueTask WaitUntilAsync(int inFlight, CancellationToken call)
    {
        while (true)
        {
            lock (_gate)
            {
                if (_inFlight <= inFlight)
                {
                    return;
                }
            }

            using var tooLong = new CancellationTokenSource(patience, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(call, tooLong.Token);
            try
            {
                await _answered.WaitAsync(either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!call.IsCancellationRequested)
            {
                throw new RpcException(StatusCode.Unavailable, $"marks have no answer within {patience.TotalSeconds} s; what became of them is unknown. Go on with the newest prices");
            }
        }
    }
}
