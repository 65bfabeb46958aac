using System.Buffers;
using System.Collections.Concurrent;
using System.CommandLine;
using System.Text.Json;
using ClearingActors.Cli.Bench;
using ClearingActors.Cli.Commands;
using ClearingActors.Cli.Tests.Client;
using ClearingActors.Contracts.Common.V1;
using ClearingActors.Contracts.Members.V1;
using Google.Protobuf;
using AnswerStatus = ClearingActors.Contracts.Members.V1.TradeAnswer.Types.Status;

namespace ClearingActors.Cli.Tests.Bench;

public sealed class BenchClientTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(5000, 1, 0)]
    [InlineData(5000, 64, 0)]
    [InlineData(4000, 10, 4000)]
    public async Task Every_trade_is_sent_once_as_a_proper_report_and_measured(int trades, int batch, int rate)
    {
        var seen = new ConcurrentDictionary<string, TradeReport>();
        var largest = 0;
        await using var server = await ScriptedServer.OfTradesAsync(async (_, reader, writer, _) =>
        {
            await foreach (var request in reader.ReadAllAsync())
            {
                largest = Math.Max(largest, request.Trades.Count);
                foreach (var report in request.Trades)
                {
                    seen.TryAdd(report.TradeId, report).ShouldBeTrue();
                }

                await writer.WriteAsync(Reports.Response(request.Trades.Select(r => r.Novated())));
            }
        });
        var options = Options(server.Address) with { Trades = trades, Batch = batch, Rate = rate, Seconds = 1, Window = 500, FirstId = 700 };

        using var client = new BenchClient(options);
        var result = await client.RunAsync(static () => { }, CancellationToken.None).WaitAsync(Patience);

        (result.Trades, result.Novated, result.Rejected, result.SentAgain).ShouldBe((trades, trades, 0L, 0L));
        result.Latencies.Count.ShouldBe(trades);
        seen.Count.ShouldBe(trades);
        seen.Keys.Order(StringComparer.Ordinal).First().ShouldBe("T000000700");
        largest.ShouldBeLessThanOrEqualTo(batch);
        foreach (var report in seen.Values)
        {
            report.Source.ShouldBe("BENCH");
            report.Buyer.Account.ShouldMatch("^A0000(0[1-9]|10)$");
            report.Seller.Account.ShouldMatch("^A0000(0[1-9]|10)$");
            report.Buyer.Account.ShouldNotBe(report.Seller.Account);
            report.Price.ShouldBe(new Contracts.Common.V1.Decimal { Mantissa = 337025, Exponent = -2 });
            report.ExecutionTime.ShouldBe(1_584_388_800_000_000_000);
        }

        seen.Values.GroupBy(r => r.Buyer.Account).Select(g => g.Count()).Distinct().ShouldBe([trades / 10]);
    }

    [Fact]
    public async Task What_has_no_room_or_no_outcome_is_sent_again_until_it_has_one()
    {
        var times = new ConcurrentDictionary<string, int>();
        await using var server = await ScriptedServer.OfTradesAsync(async (_, reader, writer, _) =>
        {
            await foreach (var request in reader.ReadAllAsync())
            {
                await writer.WriteAsync(Reports.Response(request.Trades.Select(report =>
                {
                    var time = times.AddOrUpdate(report.TradeId, 1, (_, n) => n + 1);
                    var odd = report.TradeId[^1] is '3' or '7';
                    return odd && time == 1 ? report.Answer(report.TradeId[^1] == '3' ? AnswerStatus.ResourceExhausted : AnswerStatus.Unavailable) : report.Novated();
                })));
            }
        });

        using var client = new BenchClient(Options(server.Address) with { Trades = 1000, Batch = 20, Window = 100 });
        var result = await client.RunAsync(static () => { }, CancellationToken.None).WaitAsync(Patience);

        (result.Novated, result.SentAgain).ShouldBe((1000, 200));
        times.Count(t => t.Value == 2).ShouldBe(200);
        times.Count(t => t.Value == 1).ShouldBe(800);
    }

    [Fact]
    public async Task The_command_says_when_it_measures_prints_one_line_and_ends_with_1_when_trades_were_rejected()
    {
        await using var server = await ScriptedServer.OfTradesAsync(async (_, reader, writer, context) =>
        {
            context.RequestHeaders.Get("authorization").ShouldBe("Bearer venue");
            await foreach (var request in reader.ReadAllAsync())
            {
                await writer.WriteAsync(Reports.Response(request.Trades.Select(r => r.TradeId == "T000000009" ? r.Rejected(RejectReason.OffTick) : r.Novated())));
            }
        });
        var output = new StringWriter();
        var error = new StringWriter();

        var code = await CommandLineRunner.RunAsync(
            new RootCommand { BenchClientCommand.Create() },
            ["bench-client", "--address", server.Address.ToString(), "--token", "venue", "--trades", "100", "--accounts", "10", "--batch", "7"],
            output,
            error).WaitAsync(Patience);

        error.ToString().ShouldBeEmpty();
        code.ShouldBe(ExitCode.Failed);
        var lines = output.ToString().Trim().Split('\n');
        lines.Length.ShouldBe(2);
        lines[0].Trim().ShouldBe("measuring");
        using var json = JsonDocument.Parse(lines[1]);
        json.RootElement.GetProperty("trades").GetInt64().ShouldBe(100);
        json.RootElement.GetProperty("novated").GetInt64().ShouldBe(99);
        json.RootElement.GetProperty("rejected").GetInt64().ShouldBe(1);
        foreach (var name in new[] { "seconds", "tradesPerSecond", "p50Ms", "p99Ms", "p999Ms" })
        {
            json.RootElement.GetProperty(name).GetDouble().ShouldBeGreaterThan(0, name);
        }
    }

    [Theory]
    [InlineData("--address is needed", "bench-client")]
    [InlineData("'ftp://x' is no address", "bench-client", "--address", "ftp://x")]
    [InlineData("--batch is 10001; 1 to 10000", "bench-client", "--address", "http://127.0.0.1:1", "--batch", "10001")]
    [InlineData("--accounts is 1; 2 to 999999", "bench-client", "--address", "http://127.0.0.1:1", "--accounts", "1")]
    [InlineData("--rate x (--warm-up + --seconds) is 200000000", "bench-client", "--address", "http://127.0.0.1:1", "--rate", "10000000", "--seconds", "20", "--warm-up", "0")]
    public async Task Options_out_of_range_end_with_2(string message, params string[] args)
    {
        var error = new StringWriter();

        (await CommandLineRunner.RunAsync(new RootCommand { BenchClientCommand.Create() }, args, new StringWriter(), error)).ShouldBe(ExitCode.BadInput);
        error.ToString().ShouldContain(message == "--address is needed" ? "--address" : message);
    }

    [Fact]
    public async Task A_node_that_ends_the_call_ends_the_run()
    {
        await using var server = await ScriptedServer.OfTradesAsync(async (_, reader, _, _) =>
        {
            await reader.MoveNextAsync();
            throw new Grpc.RpcException(Grpc.StatusCode.PermissionDenied, "not your source");
        });
        var error = new StringWriter();

        var code = await CommandLineRunner.RunAsync(
            new RootCommand { BenchClientCommand.Create() }, ["bench-client", "--address", server.Address.ToString()], new StringWriter(), error).WaitAsync(Patience);

        code.ShouldBe(ExitCode.Failed);
        error.ToString().ShouldContain("PermissionDenied: not your source");
    }

    [Fact]
    public void Answers_are_read_as_the_generated_code_would_whatever_the_bytes_are_cut_into()
    {
        var response = new SubmitTradesResponse();
        foreach (var i in Enumerable.Range(0, 300))
        {
            response.Answers.Add(new TradeAnswer
            {
                Source = "BENCH",
                TradeId = $"T{i + 5:D9}",
                Status = i % 3 == 0 ? AnswerStatus.Novated : AnswerStatus.Rejected,
                Reason = i % 3 == 0 ? RejectReason.Unspecified : RejectReason.OffTick,
                Cycle = i * 1000L,
                ClearingDate = 20200316,
                Message = i % 5 == 0 ? new string('m', 200) : "",
            });
        }

        var bytes = response.ToByteArray();
        foreach (var piece in new[] { bytes.Length, 1, 7, 4096 })
        {
            var read = new List<(int, AnswerStatus)>();
            var reader = new BenchAnswers(5, (number, status) => read.Add((number, status)));

            reader.Parse(Cut(bytes, piece)).ShouldBe(300);
            read.ShouldBe(Enumerable.Range(0, 300).Select(i => (i, i % 3 == 0 ? AnswerStatus.Novated : AnswerStatus.Rejected)));
        }
    }

    [Theory]
    [InlineData(new byte[] { 0x0a, 0x05, 0x01 })]
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff })]
    [InlineData(new byte[] { 0x0b })]
    public void Bytes_that_are_no_answers_are_refused(byte[] bytes) =>
        Should.Throw<InvalidDataException>(() => new BenchAnswers(0, (_, _) => { }).Parse(new ReadOnlySequence<byte>(bytes)));

    private static BenchOptions Options(Uri address) => new() { Address = address, Accounts = 10, ExecutionTime = 1_584_388_800_000_000_000 };

    private static ReadOnlySequence<byte> Cut(byte[] bytes, int piece)
    {
        Piece? first = null;
        Piece? last = null;
        for (var start = 0; start < bytes.Length; start += piece)
        {
            last = new Piece(bytes.AsMemory(start, Math.Min(piece, bytes.Length - start)), last);
            first ??= last;
        }

        return new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, Piece? before)
        {
            Memory = memory;
            if (before is not null)
            {
                RunningIndex = before.RunningIndex + before.Memory.Length;
                before.Next = this;
            }
        }
    }
}
