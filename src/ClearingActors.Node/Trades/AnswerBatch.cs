using System.Buffers;
using System.Text;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Domain.Novation;
using ClearingActors.Engine.Wire;
using ClearingActors.Grpc;

namespace ClearingActors.Node.Trades;

/// <summary>An answer on its way out.</summary>
/// <param name="Cancel">True if a cancel is answered.</param>
/// <param name="Source">As the trade named it.</param>
/// <param name="TradeId">As the trade named it.</param>
/// <param name="Status">What became of it.</param>
/// <param name="Reason">Of a rejection.</param>
/// <param name="Cycle">Of a novation or cancel.</param>
/// <param name="ClearingDate">Of a novation or cancel, yyyymmdd.</param>
/// <param name="Message">For people; mostly empty.</param>
internal readonly record struct OutgoingAnswer(
    bool Cancel, string Source, string TradeId, TradeAnswer.Types.Status Status, RejectReason Reason, long Cycle, int ClearingDate, string Message)
{
    internal TradeAnswer.Types.Action Action => Cancel ? TradeAnswer.Types.Action.Cancel : TradeAnswer.Types.Action.Report;

    internal static OutgoingAnswer Of(bool cancel, string source, string tradeId, in TradeOutcome outcome) => outcome.Kind switch
    {
        TradeOutcomeKind.Novated => new(cancel, source, tradeId, TradeAnswer.Types.Status.Novated, RejectReason.None, outcome.Cycle, Dates.ToInt(outcome.ClearingDate), ""),
        TradeOutcomeKind.Cancelled => new(cancel, source, tradeId, TradeAnswer.Types.Status.Cancelled, RejectReason.None, outcome.Cycle, Dates.ToInt(outcome.ClearingDate), ""),
        TradeOutcomeKind.Rejected => new(cancel, source, tradeId, TradeAnswer.Types.Status.Rejected, outcome.Reason, 0, 0, ""),
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome.Kind, "no outcome"),
    };
}

/// <summary>The answers of one SubmitTradesResponse; reused by its stream's writer.</summary>
internal sealed class AnswerBatch
{
    /// <summary>Answers of one message: half a megabyte, well below what clients accept.</summary>
    internal const int MaxCount = 4096;

    private readonly List<OutgoingAnswer> _answers = [];

    internal int Count => _answers.Count;

    internal bool IsFull => _answers.Count >= MaxCount;

    internal ReadOnlySpan<OutgoingAnswer> Answers => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_answers);

    internal void Add(in OutgoingAnswer answer) => _answers.Add(answer);

    internal void Clear() => _answers.Clear();
}

/// <summary>Writes SubmitTradesResponse straight into the response's buffer; a message object per answer would cost more than the answer.</summary>
internal sealed class AnswerBatchMarshaller : Marshaller<AnswerBatch>
{
    public override AnswerBatch Parse(ReadOnlySequence<byte> payload) => throw new NotSupportedException("a node does not receive responses");

    public override void Serialize(AnswerBatch message, IBufferWriter<byte> output)
    {
        foreach (ref readonly var answer in message.Answers)
        {
            var body = SizeOf(answer);
            var span = output.GetSpan(body + 6);
            span[0] = (1 << 3) | 2;
            var at = 1 + Varint(span[1..], (ulong)body);
            at += Text(span[at..], 1, answer.Source);
            at += Text(span[at..], 2, answer.TradeId);
            at += Number(span[at..], 3, (ulong)answer.Status);
            at += Number(span[at..], 4, (ulong)answer.Reason);
            at += Number(span[at..], 5, (ulong)answer.Cycle);
            at += Number(span[at..], 6, (ulong)answer.ClearingDate);
            at += Text(span[at..], 7, answer.Message);
            at += Number(span[at..], 8, (ulong)answer.Action);
            output.Advance(at);
        }
    }

    private static int SizeOf(in OutgoingAnswer answer) =>
        SizeOf(answer.Source) + SizeOf(answer.TradeId) + SizeOf((ulong)answer.Status) + SizeOf((ulong)answer.Reason) + SizeOf((ulong)answer.Cycle)
        + SizeOf((ulong)answer.ClearingDate) + SizeOf(answer.Message) + SizeOf((ulong)answer.Action);

    private static int SizeOf(string text)
    {
        if (text.Length == 0)
        {
            return 0;
        }

        var bytes = Encoding.UTF8.GetByteCount(text);
        return 1 + VarintSize((ulong)bytes) + bytes;
    }

    private static int SizeOf(ulong number) => number == 0 ? 0 : 1 + VarintSize(number);

    private static int VarintSize(ulong value) => value == 0 ? 1 : (System.Numerics.BitOperations.Log2(value) / 7) + 1;

    private static int Varint(Span<byte> to, ulong value)
    {
        var at = 0;
        while (value >= 0x80)
        {
            to[at++] = (byte)(value & 0x7F | 0x80);
            value >>= 7;
        }

        to[at] = (byte)value;
        return at + 1;
    }

    private static int Number(Span<byte> to, int field, ulong value)
    {
        if (value == 0)
        {
            return 0;
        }

        to[0] = (byte)(field << 3);
        return 1 + Varint(to[1..], value);
    }

    private static int Text(Span<byte> to, int field, string text)
    {
        if (text.Length == 0)
        {
            return 0;
        }

        to[0] = (byte)((field << 3) | 2);
        var head = 1 + Varint(to[1..], (ulong)Encoding.UTF8.GetByteCount(text));
        return head + Encoding.UTF8.GetBytes(text, to[head..]);
    }
}
