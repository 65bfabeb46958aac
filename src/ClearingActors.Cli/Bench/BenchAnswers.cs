using System.Buffers;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Grpc;
using Google.Protobuf;

namespace ClearingActors.Cli.Bench;

/// <summary>Told of each answer in a message as it is read.</summary>
/// <param name="number">The trade's number from 0.</param>
/// <param name="status">What became of it.</param>
internal delegate void OnBenchAnswer(int number, TradeAnswer.Types.Status status);

/// <summary>
/// Reads answers without making an object of any: of each it takes the number in the trade id and the status, and skips the rest. What it reads of a message is how many
/// answers there were.
/// </summary>
internal sealed class BenchAnswers(int firstId, OnBenchAnswer onAnswer) : Marshaller<int>
{
    private const int StackBytes = 4096;

    public override void Serialize(int message, IBufferWriter<byte> output) => throw new NotSupportedException("a client writes no answers");

    public override int Parse(ReadOnlySequence<byte> payload)
    {
        if (payload.IsSingleSegment)
        {
            return Parse(payload.FirstSpan);
        }

        var length = checked((int)payload.Length);
        if (length <= StackBytes)
        {
            Span<byte> few = stackalloc byte[length];
            payload.CopyTo(few);
            return Parse(few);
        }

        var many = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            payload.CopyTo(many);
            return Parse(many.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(many);
        }
    }

    private int Parse(ReadOnlySpan<byte> message)
    {
        var count = 0;
        while (!message.IsEmpty)
        {
            var tag = ReadVarint(ref message);
            if (tag == (SubmitTradesResponse.AnswersFieldNumber << 3 | (int)WireFormat.WireType.LengthDelimited))
            {
                ReadAnswer(Take(ref message));
                count++;
            }
            else
            {
                Skip(tag, ref message);
            }
        }

        return count;
    }

    private void ReadAnswer(ReadOnlySpan<byte> answer)
    {
        var number = -1;
        var status = TradeAnswer.Types.Status.Unspecified;
        while (!answer.IsEmpty)
        {
            var tag = ReadVarint(ref answer);
            switch (tag)
            {
                case TradeAnswer.TradeIdFieldNumber << 3 | (int)WireFormat.WireType.LengthDelimited:
                    number = ReadNumber(Take(ref answer));
                    break;
                case TradeAnswer.StatusFieldNumber << 3 | (int)WireFormat.WireType.Varint:
                    status = (TradeAnswer.Types.Status)ReadVarint(ref answer);
                    break;
                default:
                    Skip(tag, ref answer);
                    break;
            }
        }

        onAnswer(number, status);
    }

    private int ReadNumber(ReadOnlySpan<byte> id)
    {
        var number = 0;
        foreach (var digit in id[1..])
        {
            number = (number * 10) + digit - '0';
        }

        return number - firstId;
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> bytes)
    {
        var length = checked((int)ReadVarint(ref bytes));
        if (length > bytes.Length)
        {
            throw new InvalidDataException("An answer is cut short");
        }

        var taken = bytes[..length];
        bytes = bytes[length..];
        return taken;
    }

    private static void Skip(ulong tag, ref ReadOnlySpan<byte> bytes)
    {
        switch ((WireFormat.WireType)(tag & 7))
        {
            case WireFormat.WireType.Varint:
                ReadVarint(ref bytes);
                break;
            case WireFormat.WireType.Fixed64:
                bytes = bytes[8..];
                break;
            case WireFormat.WireType.LengthDelimited:
                Take(ref bytes);
                break;
            case WireFormat.WireType.Fixed32:
                bytes = bytes[4..];
                break;
            default:
                throw new InvalidDataException($"An answer has a field of wire type {tag & 7}");
        }
    }

    private static ulong ReadVarint(ref ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (var i = 0; i < bytes.Length && i < 10; i++)
        {
            value |= (ulong)(bytes[i] & 0x7f) << (7 * i);
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return value;
            }
        }

        throw new InvalidDataException("An answer holds a number without end");
    }
}
