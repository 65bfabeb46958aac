using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.Novation;
using EventCase = ClearingActors.Contracts.Journal.V1.Event.EventOneofCase;
using MessageCase = ClearingActors.Contracts.Journal.V1.MessageBody.MessageOneofCase;
using TradeReport = ClearingActors.Contracts.Journal.V1.TradeReport;

namespace ClearingActors.Audit.Export;

/// <summary>
/// Follows each report from message to message: what a step does belongs to the report whose message caused it. So two trades of one id on two dates, or a trade and its
/// cancellation, never mix. Holds the reports under way.
/// </summary>
internal sealed class TradePart(RowWriter rows) : ExportPart
{
    private readonly Dictionary<(int From, int To), Queue<Sent>> _channels = [];
    private readonly Dictionary<(int From, int To, long Sequence), Sent> _parked = [];
    private readonly HashSet<TradeFlow> _flows = new(ReferenceEqualityComparer.Instance);

    internal override void Step(ExportTurn turn, Step step)
    {
        TradeFlow? flow = null;
        if (step.CauseShardPlusOne > 0 && Take((int)step.CauseShardPlusOne - 1, (long)step.CauseSequence, turn) is { } cause)
        {
            if (step.Parked.Count > 0)
            {
                // The actor is set aside: the message is run again when an operator releases it.
                _parked.Add((cause.From, turn.Shard, cause.Sequence), cause);
                return;
            }

            flow = cause.Flow;
            Consumed(cause, turn);
        }

        foreach (var e in step.Events)
        {
            flow = Follow(flow, turn, step, e);
        }

        foreach (var sent in step.Sent)
        {
            Follow(flow, turn, sent);
        }

        if (flow is not null)
        {
            EndIfDone(flow);
        }
    }

    internal override void TurnEnded(ExportTurn turn)
    {
        foreach (var consumed in turn.Content.Consumed)
        {
            if (_channels.TryGetValue(((int)consumed.FromShard, turn.Shard), out var channel))
            {
                Skip(channel, (long)consumed.Sequence, turn);
            }
        }
    }

    internal override void End()
    {
        foreach (var flow in _flows.OrderBy(f => f.Received.RecordedTime).ThenBy(f => f.Received.Turn, StringComparer.Ordinal).ThenBy(f => f.Report.Source, StringComparer.Ordinal).ThenBy(f => f.Report.TradeId, StringComparer.Ordinal))
        {
            Write(flow);
        }
    }

    private TradeFlow? Follow(TradeFlow? flow, ExportTurn turn, Step step, Event e)
    {
        switch (e.EventCase)
        {
            case EventCase.TradeReceived when e.TradeReceived.Report is { } rejected:
                return Begin(rejected, isCancel: false, turn);
            case EventCase.TradeAnswered when flow is not null:
                (flow.Answered, flow.Outcome) = (turn.Place, e.TradeAnswered.Outcome);
                break;
            case EventCase.TradeReserved or EventCase.ReversalReserved when flow is not null:
                flow.SellerTurn = turn.Name;
                break;
            case EventCase.TradeNovated when flow is not null:
                flow.BuyerTurn = turn.Name;
                break;
            case EventCase.TradeConfirmed or EventCase.ReservationReleased when flow is not null:
                flow.ConfirmedTurn = turn.Name;
                break;
            case EventCase.TradeReversed when flow is not null && step.ActorKey == flow.Report.BuyerAccount:
                flow.BuyerTurn = turn.Name;
                break;
            case EventCase.TradeReversed when flow is not null:
                flow.ConfirmedTurn = turn.Name;
                break;
            default:
                break;
        }

        return flow;
    }

    private void Follow(TradeFlow? flow, ExportTurn turn, Contracts.Journal.V1.Sent sent)
    {
        switch (sent.Body.MessageCase)
        {
            case MessageCase.ReserveTrade:
                Track(Begin(sent.Body.ReserveTrade.Report, isCancel: false, turn), turn, sent);
                break;
            case MessageCase.ReserveReversal:
                Track(Begin(sent.Body.ReserveReversal.Report, isCancel: true, turn), turn, sent);
                break;
            case MessageCase.TradeDecided or MessageCase.CancelDecided:
                Track(Known(flow, turn, sent), turn, sent);
                flow!.Outcome = sent.Body.MessageCase == MessageCase.TradeDecided ? sent.Body.TradeDecided.Outcome : sent.Body.CancelDecided.Outcome;
                break;
            case MessageCase.NovateTrade or MessageCase.ReverseTrade or MessageCase.ConfirmTrade or MessageCase.ReleaseTrade or MessageCase.ConfirmReversal:
                Track(Known(flow, turn, sent), turn, sent);
                break;
            default:
                break;
        }
    }

    private static TradeFlow Known(TradeFlow? flow, ExportTurn turn, Contracts.Journal.V1.Sent sent) =>
        flow ?? throw new InvalidDataException($"turn {turn.Name} sends {sent.Body.MessageCase} to {sent.ToKey}, and no report led to it: the journal does not say of which trade it is");

    private TradeFlow Begin(TradeReport report, bool isCancel, ExportTurn turn)
    {
        var flow = new TradeFlow(report, isCancel, turn.Place);
        _flows.Add(flow);
        return flow;
    }

    private void Track(TradeFlow flow, ExportTurn turn, Contracts.Journal.V1.Sent sent)
    {
        var key = (turn.Shard, (int)sent.ToShard);
        if (!_channels.TryGetValue(key, out var channel))
        {
            _channels.Add(key, channel = new Queue<Sent>());
        }

        channel.Enqueue(new Sent(turn.Shard, (long)sent.Sequence, flow, sent.Body.MessageCase is MessageCase.TradeDecided or MessageCase.CancelDecided));
        flow.UnderWay++;
    }

    private Sent? Take(int from, long sequence, ExportTurn turn)
    {
        if (_parked.Remove((from, turn.Shard, sequence), out var parked))
        {
            return parked;
        }

        if (_channels.TryGetValue((from, turn.Shard), out var channel))
        {
            Skip(channel, sequence - 1, turn);
            if (channel.TryPeek(out var next) && next.Sequence == sequence)
            {
                return channel.Dequeue();
            }
        }

        return null;
    }

    /// <summary>Messages that changed nothing have no step.</summary>
    private void Skip(Queue<Sent> channel, long upTo, ExportTurn turn)
    {
        while (channel.TryPeek(out var message) && message.Sequence <= upTo)
        {
            channel.Dequeue();
            Consumed(message, turn);
            EndIfDone(message.Flow);
        }
    }

    private static void Consumed(in Sent message, ExportTurn turn)
    {
        message.Flow.UnderWay--;
        if (message.IsAnswer)
        {
            message.Flow.Answered = turn.Place;
        }
    }

    private void EndIfDone(TradeFlow flow)
    {
        if (flow is { UnderWay: 0, Answered: not null } && _flows.Remove(flow))
        {
            Write(flow);
        }
    }

    private void Write(TradeFlow flow)
    {
        var report = flow.Report;
        var outcome = flow.Outcome;
        rows.Text(report.Source).Text(report.TradeId).Text(flow.IsCancel ? "cancel" : "trade")
            .Text(outcome is null ? "under_way" : Words.Of((TradeOutcomeKind)outcome.Kind)).Text(outcome is { Reason: not 0 } ? Words.Of((RejectReason)outcome.Reason) : "")
            .Text(Words.Of((TradeKind)report.Kind)).Text(report.Instrument)
            .Text(report.BuyerAccount).Text(report.BuyerClient).Text(EffectOf(report.BuyerEffect)).Text(report.SellerAccount).Text(report.SellerClient).Text(EffectOf(report.SellerEffect))
            .Integer(report.Quantity).Decimal(new ExactAmount(report.PriceMantissa, (int)report.PriceScale).ToString()).Flag(report.Guaranteed).Time(report.ExecutionTime)
            .Date(outcome?.ClearingDate ?? 0).Number(outcome?.Cycle ?? 0)
            .Time(flow.Received.RecordedTime).Time(flow.Answered?.RecordedTime ?? 0)
            .Text(flow.Received.Turn).Text(flow.SellerTurn).Text(flow.BuyerTurn).Text(flow.ConfirmedTurn).Text(flow.Answered?.Turn).End();
    }

    private static string EffectOf(uint effect) => effect == 0 ? "" : Words.Of((PositionEffect)effect);

    /// <summary>A message of a report that its receiver has not consumed.</summary>
    private readonly record struct Sent(int From, long Sequence, TradeFlow Flow, bool IsAnswer);
}
