using System.Collections.Concurrent;
using ClearingActors.Client;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Grpc;
using ClearingActors.Testing;
using Status = ClearingActors.Contracts.Members.V1.TradeAnswer.Types.Status;

namespace ClearingActors.Node.Tests;

/// <summary>Clients that break rules, or do not care, harm themselves alone.</summary>
public sealed class HostileClientTests : IAsyncLifetime
{
    private RunningNode _node = null!;

    public async ValueTask InitializeAsync() => _node = await RunningNode.StartAsync(s => s with { Limits = s.Limits with { TradesInFlight = 500 } });

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task bytes_that_are_no_message_end_the_stream_with_INVALID_ARGUMENT_after_what_was_good_is_answered()
    {
        using var call = _node.As(House.Venue).Duplex(Methods.SubmitBytes);
        await call.Requests.WriteAsync(Google.Protobuf.MessageExtensions.ToByteArray(new SubmitTradesRequest { Trades = { House.Trade("t1") } }));
        await call.Requests.WriteAsync(new byte[] { 0x0A, 0xFF, 0xFF, 0x03, 1, 2, 3 });
        (await call.Responses.MoveNextAsync().Within()).ShouldBeTrue();
        SubmitTradesResponse.Parser.ParseFrom(call.Responses.Current.Span).Answers.Single().Status.ShouldBe(Status.Novated);
        var end = await Should.ThrowAsync<RpcException>(async () => await call.Responses.MoveNextAsync().Within());
        end.StatusCode.ShouldBe(StatusCode.InvalidArgument);
        end.Status.Detail.ShouldContain("SubmitTradesRequest");
        await ServesAsync("t2");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task random_bytes_are_answered_or_refused_and_never_clear_a_trade(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 100; i++)
        {
            var bytes = new byte[random.Next(1, 200)];
            random.NextBytes(bytes);
            bytes[0] = 0x0A;
            using var call = _node.As(House.Venue).Duplex(Methods.SubmitBytes);
            await call.Requests.WriteAsync(bytes);
            try
            {
                await call.CompleteRequestsAsync();
                while (await call.Responses.MoveNextAsync().Within())
                {
                    SubmitTradesResponse.Parser.ParseFrom(call.Responses.Current.Span).Answers.ShouldAllBe(a => a.Reason == Contracts.Common.V1.RejectReason.Malformed, $"seed {seed}, number {i}");
                }
            }
            catch (RpcException e)
            {
                e.StatusCode.ShouldBe(StatusCode.InvalidArgument, $"seed {seed}, number {i}");
            }
        }

        _node.Node.Engine.Counters.Novated.ShouldBe(0);
    }

    [Fact]
    public async Task trades_beyond_the_limit_of_a_message_end_the_stream_and_none_is_taken()
    {
        using var venue = new TradeConversation(_node.As(House.Venue));
        await venue.Call.Requests.WriteAsync(new SubmitTradesRequest { Trades = { Enumerable.Range(0, 10_001).Select(i => House.Trade($"t{i}")) } });
        var end = await venue.EndAsync();
        end.StatusCode.ShouldBe(StatusCode.InvalidArgument);
        end.Status.Detail.ShouldContain("more than 10000");
        await _node.Node.Engine.QuiesceAsync();
        _node.Node.Engine.Counters.Novated.ShouldBe(0);
    }

    [Fact]
    public async Task a_message_beyond_the_size_limit_ends_the_stream()
    {
        using var call = _node.As(House.Venue).Duplex(Methods.SubmitBytes);
        try
        {
            await call.Requests.WriteAsync(new byte[5 * 1024 * 1024]);
        }
        catch (RpcException)
        {
            // The server refuses it on sight of its head and takes no more; why, tells the response.
        }

        (await Should.ThrowAsync<RpcException>(async () => await call.Responses.MoveNextAsync().Within())).StatusCode.ShouldBe(StatusCode.ResourceExhausted);
        await ServesAsync("t1");
    }

    [Fact]
    public async Task without_a_token_or_with_a_wrong_one_nothing_is_taken()
    {
        foreach (var token in (string?[])[null, "", "token-of-venue-xeu", "token-of-venue-xeurx"])
        {
            using var venue = new TradeConversation(_node.As(token));
            (await venue.EndAsync()).StatusCode.ShouldBe(StatusCode.Unauthenticated);
        }
    }

    [Fact]
    public async Task more_trades_than_may_be_in_flight_are_all_answered()
    {
        using var venue = new TradeConversation(_node.As(House.Venue));
        (await venue.AskAsync(Enumerable.Range(0, 5_000).Select(i => House.Trade($"t{i}")))).Select(a => a.TradeId).Distinct().Count().ShouldBe(5_000);
    }

    [Fact]
    public async Task a_client_that_never_reads_stops_its_own_stream_alone()
    {
        const int Sent = 100_000;
        using var deaf = new TradeConversation(_node.As(House.Venue));
        var spoilt = House.Trade("bad");
        spoilt.Quantity = 0;
        var request = new SubmitTradesRequest { Trades = { Enumerable.Repeat(spoilt, 100) } };
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < Sent / 100; i++)
            {
                await deaf.Call.Requests.WriteAsync(request);
            }
        });

        // It stands still when two windows and a buffer are full of answers; then its count of refusals no longer grows.
        long before, now = -1;
        do
        {
            before = now;
            for (var i = 0; i < 20; i++)
            {
                await ServesAsync($"while-{before}-{i}");
                await Task.Delay(10, TestContext.Current.CancellationToken);
            }

            now = _node.Node.Engine.Counters.Refused.Sum(r => r.Value);
        }
        while (now != before || now == 0);
        now.ShouldBeLessThan(Sent);
        writing.IsCompleted.ShouldBeFalse();

        // When it reads at last, everything that it sent is answered.
        await deaf.AnswersAsync(Sent);
        await writing.Within();
    }

    [Fact]
    public async Task ten_thousand_connections_that_are_dropped_leave_no_trace_and_a_member_who_trades_meanwhile_notices_nothing()
    {
        // A process of its own, so that what it holds open can be counted.
        var folder = RunningNode.NewFolder();
        try
        {
            await using var node = await NodeProcess.StartAsync(folder);
            await DropTenThousandAsync(node);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task DropTenThousandAsync(NodeProcess node)
    {
        using var op = RunningNode.Connect(node.Address, House.Operator);
        await House.DefineAsync(op);
        using var connection = new ClearingConnection(node.Address, new ClearingConnectionOptions { Token = House.Venue });
        var answers = new ConcurrentQueue<TradeAnswer>();
        await using var stream = connection.Members.OpenTradeStream(new TradeStreamOptions { MaxInFlight = 200, OnAnswer = answers.Enqueue });
        (await stream.SubmitAsync(House.Trade("first"), TestContext.Current.CancellationToken).Within()).Status.ShouldBe(Status.Novated);
        var files = OpenFiles.Of(node.Id);
        OpenFiles.ConnectionsTo(node.Id, node.Address.Port).ShouldBe(2, "the operator and the venue");

        var storm = ConnectionStorm.RunAsync(node.Address.Port, 10_000, TestContext.Current.CancellationToken);
        var sent = 0;
        while (!storm.IsCompleted)
        {
            await stream.PostAsync(House.Trade($"t{sent++}"), TestContext.Current.CancellationToken);
            if (sent % 50 == 0)
            {
                // Leave the machine to the storm as well.
                await Task.Delay(5, TestContext.Current.CancellationToken);
            }
        }

        await storm;
        answers.ShouldNotBeEmpty("trades were answered during the storm");
        for (var i = 0; i < 30; i++)
        {
            using var channel = RunningNode.Connect(node.Address, House.Venue);
            using var venue = new TradeConversation(channel);
            await venue.Call.Requests.WriteAsync(new SubmitTradesRequest { Trades = { House.Trade($"dropped-{i}") } });
        }

        // Still on its first connection.
        await Patience.UntilAsync(() => Task.FromResult(OpenFiles.ConnectionsTo(node.Id, node.Address.Port) == 2), "all others are closed");
        await Patience.UntilAsync(() => Task.FromResult(OpenFiles.Of(node.Id) <= files + 20), "their files are closed");
        await stream.CompleteAsync(TestContext.Current.CancellationToken).Within();
        (answers.Count, stream.Reconnects, stream.UnmatchedAnswers).ShouldBe((sent, 0, 0L));
        answers.ShouldAllBe(a => a.Status == Status.Novated);
        using var after = RunningNode.Connect(node.Address, House.Venue);
        using var last = new TradeConversation(after);
        (await last.AskOneAsync(House.Trade("after"))).Status.ShouldBe(Status.Novated);
    }

    private async Task ServesAsync(string id)
    {
        using var channel = RunningNode.Connect(_node.Node.GrpcAddress, House.Venue);
        using var venue = new TradeConversation(channel);
        (await venue.AskOneAsync(House.Trade(id))).Status.ShouldBe(Status.Novated);
    }
}
