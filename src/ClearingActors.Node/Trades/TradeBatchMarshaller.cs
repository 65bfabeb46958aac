using System.Buffers;
using System.Text;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Grpc;
using ClearingActors.Node.Services;

namespace ClearingActors.Node.Trades;

/// <summary>
/// Reads SubmitTradesRequest straight into the domain's reports. By hand, because a generated message per trade and side, and a string per id, would cost more than
/// the clearing of the trade. A trade that breaks a rule becomes a problem to be answered; bytes that are no message end the stream.
/// </summary>
/// <param name="maxTrades">The most trades of a message.</param>
internal sealed class TradeBatchMarshaller(int maxTrades) : Marshaller<TradeBatch>
{
    /// <summary>A trade as short as any that comes in practice, for a first guess at the number in a message; bytes.</summary>
    private const int ShortTrade = 64;

    /// <summary>How much of something that is no id an answer repeats; bytes.</summary>
    private const int ShownBytes = 64;

    private const int MaxIdBytes = 64;

    /// <summary>ACTION_CANCEL.</summary>
    private const long Cancel = 1;

    private const string IdRule = "1 to 64 characters of A-Z a-z 0-9 . _ - are allowed";

    private static readonly SearchValues<byte> IdBytes = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"u8);

    public override void Serialize(TradeBatch message, IBufferWriter<byte> output) => throw new NotSupportedException("a node does not send requests");

    public override TradeBatch Parse(ReadOnlySequence<byte> payload)
    {
        if (payload.IsSingleSegment)
        {
            return Parse(payload.FirstSpan);
        }

        var length = checked((int)payload.Length);
        var whole = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            payload.CopyTo(whole);
            return Parse(whole.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(whole);
        }
    }

    private TradeBatch Parse(ReadOnlySpan<byte> message)
    {
        var batch = new TradeBatch(Math.Min(message.Length / ShortTrade, maxTrades));
        try
        {
            var reader = new WireReader(message);
            while (reader.Next())
            {
                if (reader.Number != 1)
                {
                    continue;
                }

                if (batch.Count == maxTrades)
                {
                    throw new RpcException(StatusCode.InvalidArgument, $"trades: a message has more than {maxTrades}, the limit; nothing of it was taken");
                }

                batch.Add(ParseTrade(reader.Bytes));
            }
        }
        catch (InvalidDataException e)
        {
            throw new RpcException(StatusCode.InvalidArgument, $"a message is no SubmitTradesRequest: {e.Message}; nothing of it was taken", e);
        }

        return batch;
    }

    private static ReceivedTrade ParseTrade(ReadOnlySpan<byte> trade)
    {
        ReadOnlySpan<byte> sourceBytes = default, tradeIdBytes = default, instrumentBytes = default;
        var buyer = default(SideBytes);
        var seller = default(SideBytes);
        long kind = 0, quantity = 0, mantissa = 0, exponent = 0, executionTime = 0, action = 0;
        var hasPrice = false;
        var guaranteed = false;
        var reader = new WireReader(trade);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case 1: sourceBytes = reader.Bytes; break;
                case 2: tradeIdBytes = reader.Bytes; break;
                case 3: kind = reader.Int64; break;
                case 4: instrumentBytes = reader.Bytes; break;
                case 5: buyer.Parse(reader.Bytes); break;
                case 6: seller.Parse(reader.Bytes); break;
                case 7: quantity = reader.Int64; break;
                case 8:
                    hasPrice = true;
                    ParseDecimal(reader.Bytes, ref mantissa, ref exponent);
                    break;
                case 9: executionTime = reader.Int64; break;
                case 10: guaranteed = reader.Bool; break;
                case 11: action = reader.Int64; break;
                default: break;
            }
        }

        if (!IsId(sourceBytes) || !SourceId.TryParse(IdPool.Intern(sourceBytes), out var source))
        {
            return Malformed(action == Cancel, sourceBytes, tradeIdBytes, $"source is \"{Shown(sourceBytes)}\": {IdRule}");
        }

        if (!IsId(tradeIdBytes) || !TradeId.TryParse(Encoding.ASCII.GetString(tradeIdBytes), out var tradeId))
        {
            return Malformed(action == Cancel, sourceBytes, tradeIdBytes, $"trade_id is \"{Shown(tradeIdBytes)}\": {IdRule}");
        }

        var problem = ProblemOf(kind, quantity, executionTime, action, hasPrice, instrumentBytes, buyer, seller);
        if (problem is null && !WireDecimal.TryRead(mantissa, exponent, out _))
        {
            problem = $"price is {mantissa} x 10^{exponent}: {WireDecimal.Rule}";
        }

        if (problem is not null)
        {
            return new ReceivedTrade(null, action == Cancel, source.Value, tradeId.Value, problem);
        }

        _ = WireDecimal.TryRead(mantissa, exponent, out var price);
        var report = new TradeReport
        {
            Source = source,
            TradeId = tradeId,
            Kind = (TradeKind)(kind + 1),
            Instrument = InstrumentId.Parse(IdPool.Intern(instrumentBytes)),
            Buyer = buyer.ToSide(),
            Seller = seller.ToSide(),
            Quantity = quantity,
            Price = price,
            ExecutionTime = executionTime,
            Guaranteed = guaranteed,
        };
        return new ReceivedTrade(report, action == Cancel, source.Value, tradeId.Value, "");
    }

    /// <summary>The first rule that is broken, in the order of the fields; null if none is.</summary>
    private static string? ProblemOf(
        long kind, long quantity, long executionTime, long action, bool hasPrice, ReadOnlySpan<byte> instrument, in SideBytes buyer, in SideBytes seller) =>
        kind is < 0 or > 3 ? $"kind is {kind}: 0 to 3 are allowed"
        : !IsId(instrument) ? $"instrument is \"{Shown(instrument)}\": {IdRule}"
        : buyer.Problem("buyer") ?? seller.Problem("seller") ?? (
            quantity <= 0 ? $"quantity is {quantity}: above 0 is allowed"
            : !hasPrice ? "price is missing"
            : executionTime <= 0 ? $"execution_time is {executionTime}: UTC nanoseconds after 1970 are required"
            : action is < 0 or > 1 ? $"action is {action}: 0 or 1 is allowed"
            : null);

    private static void ParseDecimal(ReadOnlySpan<byte> value, ref long mantissa, ref long exponent)
    {
        var reader = new WireReader(value);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case 1: mantissa = reader.ZigZag; break;
                case 2: exponent = reader.ZigZag; break;
                default: break;
            }
        }
    }

    private static bool IsId(ReadOnlySpan<byte> bytes) => bytes.Length is > 0 and <= MaxIdBytes && bytes.IndexOfAnyExcept(IdBytes) < 0;

    private static string Shown(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, ShownBytes)]);

    private static ReceivedTrade Malformed(bool cancel, ReadOnlySpan<byte> source, ReadOnlySpan<byte> tradeId, string problem) =>
        new(null, cancel, Shown(source), Shown(tradeId), problem);

    private ref struct SideBytes
    {
        private ReadOnlySpan<byte> _account;
        private ReadOnlySpan<byte> _client;
        private long _effect;
        private bool _present;

        internal void Parse(ReadOnlySpan<byte> side)
        {
            _present = true;
            var reader = new WireReader(side);
            while (reader.Next())
            {
                switch (reader.Number)
                {
                    case 1: _account = reader.Bytes; break;
                    case 2: _client = reader.Bytes; break;
                    case 3: _effect = reader.Int64; break;
                    default: break;
                }
            }
        }

        internal readonly string? Problem(string name) =>
            !_present ? $"{name} is missing"
            : !IsId(_account) ? $"{name}.account is \"{Shown(_account)}\": {IdRule}"
            : !_client.IsEmpty && !IsId(_client) ? $"{name}.client is \"{Shown(_client)}\": {IdRule}"
            : _effect is < 0 or > 2 ? $"{name}.effect is {_effect}: 0 to 2 are allowed"
            : null;

        internal readonly TradeSide ToSide() => new(
            AccountId.Parse(IdPool.Intern(_account)),
            _client.IsEmpty ? ClientId.None : ClientId.Parse(IdPool.Intern(_client)),
            (PositionEffect)_effect);
    }
}
