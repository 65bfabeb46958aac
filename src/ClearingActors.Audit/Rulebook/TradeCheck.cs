using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using ClearingActors.Actors.Wire;
using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Contracts.Journal.Defaults.V1;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Audit.Rulebook;

/// <summary>
/// Every trade stands on both sides once (rulebook 4, 5), by events alone: the seller's account reserves what was reported, the buyer's novates that very trade, the seller's confirms
/// it, and the source is told what happened. Holds the trades that are on their way; an id that comes again is refused by the replayed source, which knows all that may still come.
/// </summary>
internal sealed class TradeCheck
{
    private const int Buy = (int)Side.Buy;
    private const int LongestId = 64;
    private readonly Dictionary<byte[], OpenTrade> _trades = new(new TradeKeyComparer());
    private readonly Dictionary<byte[], OpenTrade>.AlternateLookup<ReadOnlySpan<byte>> _byKey;
    private readonly Dictionary<string, long> _inFlight = new(StringComparer.Ordinal);
    private readonly StepAt _at;

    internal TradeCheck(StepAt at)
    {
        _at = at;
        _byKey = _trades.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>Trades novated.</summary>
    internal long Novated { get; private set; }

    /// <summary>Trades taken back.</summary>
    internal long Reversed { get; private set; }

    /// <summary>Per instrument the lots that one side has booked and the other has not: what is missing for the positions to sum to zero.</summary>
    internal IReadOnlyDictionary<string, long> InFlight => _inFlight;

    /// <summary>A source has taken a report, or a cancel.</summary>
    internal void Received(ReadOnlySpan<byte> body, bool reversal)
    {
        Span<byte> buffer = stackalloc byte[160];
        Open(KeyAtSource(AnswerFields.ReadTrade(body), reversal, buffer), reversal);
    }

    /// <summary>A source has its answer.</summary>
    internal void Answered(ReadOnlySpan<byte> body, bool reversal, ref Flight cause)
    {
        Span<byte> buffer = stackalloc byte[160];
        var answer = AnswerFields.Read(body);
        if (Find(KeyAtSource(answer.Trade, reversal, buffer), reversal, "answered") is not { } trade)
        {
            return;
        }

        var done = answer.Kind == (long)(reversal ? TradeOutcomeKind.Cancelled : TradeOutcomeKind.Novated);
        if (trade.Answered || done != trade.Committed || (done && (answer.Cycle != trade.Cycle || answer.Date != trade.Date || answer.Price != trade.Price)))
        {
            _at.Find("trade-answer", $"{trade} is answered {(TradeOutcomeKind)answer.Kind} in cycle {answer.Cycle} at {answer.Price} price units{(trade.Answered ? " once more" : "")}");
        }

        if (!Unsafe.IsNullRef(ref cause) && !cause.Body.SequenceEqual(body))
        {
            _at.Find("trade-answer", $"{trade} is answered {(TradeOutcomeKind)answer.Kind}, and the account told {(TradeOutcomeKind)AnswerFields.Read(cause.Body).Kind}, or another reason or price");
        }

        trade.Answered = true;
        Forget(trade);
    }

    /// <summary>The default manager orders trades of the clearing house.</summary>
    internal void Ordered(LegsOrdered ordered)
    {
        foreach (var leg in ordered.Legs)
        {
            Open(KeyOf(ordered.Number, leg.Number), reversal: false);
        }
    }

    /// <summary>A trade of the clearing house has ended.</summary>
    internal void Ended(LegEnded ended)
    {
        // What cannot be made again, since its instrument has expired meanwhile, has had its answer.
        if (_at.CauseSequence == 0 || Find(KeyOf(ended.Number, ended.Leg), reversal: false, "answered") is not { } trade)
        {
            return;
        }

        var done = ended.Outcome == (uint)TradeOutcomeKind.Novated;
        if (trade.Answered || done != trade.Committed || (done && ended.Cycle != trade.Cycle))
        {
            _at.Find("trade-answer", $"{trade} ended with outcome {ended.Outcome} in cycle {ended.Cycle}");
        }

        trade.Answered = true;
        Forget(trade);
    }

    /// <summary>The seller's account has reserved a trade, or its reversal.</summary>
    internal void Reserved(ReadOnlySpan<byte> body, bool reversal, ref Flight cause, HouseReplay house)
    {
        Span<byte> buffer = stackalloc byte[160];
        var leg = LegFields.Read(body);
        if (Find(KeyOf(leg, reversal, buffer), reversal, "reserved") is not { } trade)
        {
            return;
        }

        if (trade.Reserved || leg.Side == Buy)
        {
            _at.Find("trade-once", $"account {_at.Key} reserved {trade} once more, or as its buyer");
        }

        trade.Reserved = true;
        trade.Seller = _at.Key;
        trade.Buyer = IdPool.Intern(leg.Counter);
        trade.Instrument = IdPool.Intern(leg.Instrument);
        (trade.Kind, trade.Quantity, trade.Price, trade.Cycle, trade.Date, trade.Reservation) = (leg.Kind, leg.Quantity, leg.Price, leg.Cycle, leg.Date, leg.Reservation);
        if (Unsafe.IsNullRef(ref cause) || cause.Type != (reversal ? MessageTypes.ReserveReversal : MessageTypes.ReserveTrade))
        {
            _at.Find("trade-reported", $"account {_at.Key} reserved {trade}, and no message asked for it");
            return;
        }

        var report = ReportFields.ReadFirst(cause.Body);
        var known = house.Scopes[_at.Shard].Directory.TryGetInstrument(Ids.Instrument(leg.Instrument), out var listed);
        if (!report.Source.SequenceEqual(leg.Source) || !report.Trade.SequenceEqual(leg.Trade) || !report.Instrument.SequenceEqual(leg.Instrument) || !report.Buyer.SequenceEqual(leg.Counter)
            || !report.Seller.SequenceEqual(cause.Key) || report.Kind != leg.Kind || report.Quantity != leg.Quantity || !known || listed.Instrument.ToPrice(leg.Price) != PriceOf(report))
        {
            _at.Find("trade-reported", $"account {_at.Key} reserved {trade}; reported were {report.Quantity} of {Text(report.Instrument)} at {PriceOf(report)} from {Text(report.Seller)} to {Text(report.Buyer)}");
        }
    }

    /// <summary>The buyer's account has novated a trade: from here on it is cleared.</summary>
    internal void NovatedBy(ReadOnlySpan<byte> body)
    {
        Novated++;
        Span<byte> buffer = stackalloc byte[160];
        var leg = LegFields.Read(body);
        if (Find(KeyOf(leg, false, buffer), reversal: false, "novated") is { } trade)
        {
            Commit(trade, leg, "novated");
            Fly(trade.Instrument, -leg.Quantity);
        }
    }

    /// <summary>The seller's account has confirmed or released its reservation.</summary>
    internal void Ended(ReadOnlySpan<byte> body, bool confirmed)
    {
        Span<byte> buffer = stackalloc byte[160];
        ReadOnlySpan<byte> source = default, id = default;
        long reservation = 0;
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case 1: source = reader.Bytes; break;
                case 2: id = reader.Bytes; break;
                case 3: reservation = reader.Int64; break;
                default: break;
            }
        }

        if (Find(KeyOf(source, id, false, buffer), reversal: false, confirmed ? "confirmed" : "released") is not { } trade)
        {
            return;
        }

        if (!trade.Reserved || trade.Ended || trade.Committed != confirmed || trade.Seller != _at.Key || trade.Reservation != reservation)
        {
            _at.Find("trade-both-sides", $"account {_at.Key} {(confirmed ? "confirmed" : "released")} reservation {reservation} of {trade}");
        }

        if (confirmed)
        {
            Fly(trade.Instrument, trade.Quantity);
        }

        trade.Ended = true;
        Forget(trade);
    }

    /// <summary>An account has taken its side of a trade back.</summary>
    internal void ReversedBy(ReadOnlySpan<byte> body)
    {
        Span<byte> buffer = stackalloc byte[160];
        var leg = LegFields.Read(body);
        if (Find(KeyOf(leg, true, buffer), reversal: true, "reversed") is not { } trade)
        {
            return;
        }

        if (leg.Side == Buy)
        {
            Reversed++;
            Commit(trade, leg, "reversed");
            Fly(trade.Instrument, leg.Quantity);
            return;
        }

        if (!trade.Committed || trade.Ended || trade.Seller != _at.Key || !IsSame(trade, leg) || IdPool.Intern(leg.Counter) != trade.Buyer)
        {
            _at.Find("trade-both-sides", $"account {_at.Key} reversed {leg.Quantity} of {Text(leg.Instrument)} at {leg.Price} price units against {trade}");
        }

        Fly(trade.Instrument, -leg.Quantity);
        trade.Ended = true;
        Forget(trade);
    }

    /// <summary>At the end every trade that is not done has a message under way that will bring it on.</summary>
    internal void End(Channels channels, AuditFindings findings)
    {
        if (_trades.Count == 0)
        {
            return;
        }

        var messages = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (_, flight) in channels.UnderWay())
        {
            var to = Text(flight.Key);
            switch (flight.Type)
            {
                case MessageTypes.ReserveTrade or MessageTypes.NovateTrade or MessageTypes.ReserveReversal or MessageTypes.ReverseTrade:
                    var report = ReportFields.ReadFirst(flight.Body);
                    messages.Add($"{flight.Type} {Text(report.Source)}\0{Text(report.Trade)}");
                    break;
                case MessageTypes.TradeDecided or MessageTypes.CancelDecided:
                    var source = flight.ToKind == ActorKinds.TradeSource ? to[..to.LastIndexOf('/')] : CcpAccounts.DefaultSource.Value;
                    messages.Add($"{flight.Type} {source}\0{Text(AnswerFields.Read(flight.Body).Trade)}");
                    break;
                case MessageTypes.ConfirmTrade or MessageTypes.ReleaseTrade or MessageTypes.ConfirmReversal:
                    messages.Add($"{flight.Type} {to}\0{HouseWire.OnlyNumber(flight.Body)}");
                    break;
                default:
                    break;
            }
        }

        foreach (var trade in _trades.Values)
        {
            var (reserve, commit, confirm, answer) = trade.IsReversal
                ? (MessageTypes.ReserveReversal, MessageTypes.ReverseTrade, MessageTypes.ConfirmReversal, MessageTypes.CancelDecided)
                : (MessageTypes.ReserveTrade, MessageTypes.NovateTrade, MessageTypes.ConfirmTrade, MessageTypes.TradeDecided);
            var key = Text(trade.Key.AsSpan(1));
            var reservation = $"{trade.Seller}\0{trade.Reservation}";
            var deciding = messages.Contains($"{(trade.Reserved ? commit : reserve)} {key}") && !trade.Committed;
            var ending = !trade.Reserved || trade.Ended || deciding || messages.Contains($"{(trade.Committed ? confirm : MessageTypes.ReleaseTrade)} {reservation}");
            var answering = trade.Answered || deciding || messages.Contains($"{answer} {key}");
            if (!ending || !answering)
            {
                findings.Add(trade.Last.Shard, trade.Last.Position, "trade-finished", $"{trade} is not finished, and no message is under way that would finish it");
            }
        }
    }

    private void Commit(OpenTrade trade, in LegFields leg, string what)
    {
        if (trade.Committed)
        {
            _at.Find("trade-once", $"account {_at.Key} has {what} {trade} once more");
        }

        if (!trade.Reserved || trade.Ended || leg.Side != Buy || !IsSame(trade, leg) || trade.Buyer != _at.Key || IdPool.Intern(leg.Counter) != trade.Seller)
        {
            _at.Find("trade-both-sides", $"account {_at.Key} has {what} {leg.Quantity} of {Text(leg.Instrument)} at {leg.Price} price units from {Text(leg.Counter)} in cycle {leg.Cycle}, reservation {leg.Reservation}, against {trade}");
        }

        trade.Committed = true;
    }

    private static bool IsSame(OpenTrade trade, in LegFields leg) =>
        leg.Quantity == trade.Quantity && leg.Price == trade.Price && leg.Cycle == trade.Cycle && leg.Date == trade.Date && leg.Reservation == trade.Reservation && leg.Kind == trade.Kind
        && IdPool.Intern(leg.Instrument) == trade.Instrument;

    private void Open(ReadOnlySpan<byte> key, bool reversal)
    {
        if (_byKey.TryGetValue(key, out var open))
        {
            _at.Find("trade-once", $"{open} is reported once more while it is on its way");
            return;
        }

        var bytes = key.ToArray();
        _trades.Add(bytes, new OpenTrade { Key = bytes, IsReversal = reversal, Last = (_at.Shard, _at.Position) });
    }

    private OpenTrade? Find(ReadOnlySpan<byte> key, bool reversal, string what)
    {
        if (!_byKey.TryGetValue(key, out var trade) || trade.IsReversal != reversal)
        {
            _at.Find("trade-once", $"{Text(key[1..]).Replace('\0', '/')} is {what} by {_at.Key}, and no such {(reversal ? "cancel" : "trade")} is on its way");
            return null;
        }

        trade.Last = (_at.Shard, _at.Position);
        return trade;
    }

    private void Forget(OpenTrade trade)
    {
        if (trade.IsDone)
        {
            _trades.Remove(trade.Key);
        }
    }

    private void Fly(string instrument, long lots) => _inFlight[instrument] = checked(_inFlight.GetValueOrDefault(instrument) + lots);

    private ReadOnlySpan<byte> KeyAtSource(ReadOnlySpan<byte> id, bool reversal, Span<byte> buffer)
    {
        var source = _at.Payload.Span.Slice(_at.KeyBytes.At, _at.KeyBytes.Length);
        return KeyOf(source[..Math.Max(0, source.LastIndexOf((byte)'/'))], id, reversal, buffer);
    }

    private static ReadOnlySpan<byte> KeyOf(in LegFields leg, bool reversal, Span<byte> buffer) => KeyOf(leg.Source, leg.Trade, reversal, buffer);

    /// <summary>A cancel may come while the seller's account has not confirmed the trade yet, so it has a key of its own.</summary>
    private static ReadOnlySpan<byte> KeyOf(ReadOnlySpan<byte> source, ReadOnlySpan<byte> id, bool reversal, Span<byte> buffer)
    {
        if (source.Length > LongestId || id.Length > LongestId)
        {
            throw new InvalidDataException($"an id has {Math.Max(source.Length, id.Length)} bytes; at most {LongestId} are allowed");
        }

        buffer[0] = reversal ? (byte)1 : (byte)0;
        source.CopyTo(buffer[1..]);
        buffer[source.Length + 1] = 0;
        id.CopyTo(buffer[(source.Length + 2)..]);
        return buffer[..(source.Length + 2 + id.Length)];
    }

    private static byte[] KeyOf(long number, long leg) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\0{CcpAccounts.DefaultSource.Value}\0D{number}.{leg}"));

    private static decimal PriceOf(in ReportFields report) => report.Scale is >= 0 and <= 28
        ? new decimal(unchecked((int)Math.Abs(report.Mantissa)), unchecked((int)(Math.Abs(report.Mantissa) >> 32)), 0, report.Mantissa < 0, (byte)report.Scale)
        : throw new InvalidDataException($"a price has {report.Scale} decimal places");

    private static string Text(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8);
}
