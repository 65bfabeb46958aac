using System.Buffers;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Grpc;
using Google.Protobuf;

namespace ClearingActors.Cli.Bench;

/// <summary>
/// Writes the benchmark's reports as bytes: one report is encoded by the generated code, once, and then copied with its trade id and accounts patched in place. That
/// keeps the client's share of the processor, which it takes from the server on the same machine, small. Ids and accounts have fixed widths, hence so has a report.
/// </summary>
internal sealed class BenchTrades : Marshaller<BenchBatch>
{
    /// <summary>The most trades in a run: what the id's digits hold.</summary>
    internal const int MaxTrades = 100_000_000;

    /// <summary>The most accounts: what their digits hold.</summary>
    internal const int MaxAccounts = 999_999;

    private const int IdDigits = 9;
    private const int AccountDigits = 6;

    private readonly byte[] _template;
    private readonly int _idPlace;
    private readonly int _buyerPlace;
    private readonly int _sellerPlace;
    private readonly int _accounts;
    private readonly int _firstId;

    /// <param name="report">All that the reports share; ids and accounts are filled in here.</param>
    /// <param name="accounts">2 to <see cref="MaxAccounts"/>: <c>A000001</c> and on.</param>
    /// <param name="firstId">The number in the first trade's id.</param>
    internal BenchTrades(TradeReport report, int accounts, int firstId)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(accounts, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(accounts, MaxAccounts);
        ArgumentOutOfRangeException.ThrowIfNegative(firstId);
        _accounts = accounts;
        _firstId = firstId;

        // The marks are found again in the bytes; nothing else in a report can hold them.
        var marked = report.Clone();
        marked.TradeId = "T" + new string('!', IdDigits);
        marked.Buyer = new Side { Account = "A" + new string('"', AccountDigits) };
        marked.Seller = new Side { Account = "A" + new string('#', AccountDigits) };
        var message = new SubmitTradesRequest { Trades = { marked } };
        _template = message.ToByteArray();
        _idPlace = PlaceOf('!', IdDigits);
        _buyerPlace = PlaceOf('"', AccountDigits);
        _sellerPlace = PlaceOf('#', AccountDigits);
    }

    /// <summary>Of one report in a message.</summary>
    internal int BytesPerTrade => _template.Length;

    public override void Serialize(BenchBatch message, IBufferWriter<byte> output)
    {
        var count = message.Again?.Length ?? message.Count;
        var length = count * _template.Length;
        var bytes = output.GetSpan(length);
        for (var i = 0; i < count; i++)
        {
            Write(message.Again is { } again ? again[i] : message.First + i, bytes[(i * _template.Length)..]);
        }

        output.Advance(length);
    }

    public override BenchBatch Parse(ReadOnlySequence<byte> payload) => throw new NotSupportedException("a client reads no requests");

    /// <summary>Each account buys and sells in turn with every other, so that positions stay near zero.</summary>
    private void Write(int number, Span<byte> bytes)
    {
        _template.CopyTo(bytes);
        var buyer = number % _accounts;
        var seller = (buyer + 1 + (number / _accounts % (_accounts - 1))) % _accounts;
        WriteDigits(bytes.Slice(_idPlace, IdDigits), _firstId + number);
        WriteDigits(bytes.Slice(_buyerPlace, AccountDigits), buyer + 1);
        WriteDigits(bytes.Slice(_sellerPlace, AccountDigits), seller + 1);
    }

    private static void WriteDigits(Span<byte> digits, int value)
    {
        for (var i = digits.Length - 1; i >= 0; i--)
        {
            (value, var digit) = Math.DivRem(value, 10);
            digits[i] = (byte)('0' + digit);
        }
    }

    private int PlaceOf(char mark, int count)
    {
        Span<byte> run = stackalloc byte[count];
        run.Fill((byte)mark);
        return _template.AsSpan().IndexOf(run);
    }
}
