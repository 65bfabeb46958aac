using ClearingActors.Grpc.Tests.Probes;
using Google.Protobuf;

namespace ClearingActors.Grpc.Tests;

/// <summary>The client of this library against its server.</summary>
public sealed class OwnClientTests : IAsyncLifetime
{
    private ProbeServer _server = null!;
    private GrpcChannel _channel = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await ProbeServer.StartAsync();
        _channel = _server.Connect();
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task a_unary_call_returns_what_the_handler_returned()
    {
        Note answer = await _channel.UnaryAsync(ProbeMethods.Echo, new Note { Number = 7, Text = "grüße" }).Within();
        answer.ShouldBe(new Note { Number = 7, Text = "grüße" });
    }

    [Fact]
    public async Task an_empty_message_is_a_message()
    {
        (await _channel.UnaryAsync(ProbeMethods.Echo, new Note()).Within()).ShouldBe(new Note());
    }

    [Fact]
    public async Task a_server_stream_arrives_whole_and_in_order()
    {
        using var call = _channel.ServerStreaming(ProbeMethods.Count, new CountRequest { Count = 1_000, Size = 10 });
        var numbers = new List<long>();
        await foreach (Note note in call.Responses.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            numbers.Add(note.Number);
        }

        numbers.ShouldBe(Enumerable.Range(0, 1_000).Select(i => (long)i));
        call.Status.ShouldBe(Status.Ok);
    }

    [Fact]
    public async Task an_empty_server_stream_ends_with_OK()
    {
        using var call = _channel.ServerStreaming(ProbeMethods.Count, new CountRequest());
        (await call.Responses.MoveNextAsync()).ShouldBeFalse();
        call.Status.ShouldBe(Status.Ok);
        (await call.Responses.MoveNextAsync()).ShouldBeFalse("the end stays the end");
    }

    [Fact]
    public async Task a_client_stream_is_summed_up()
    {
        using var call = _channel.ClientStreaming(ProbeMethods.Sum);
        for (int i = 1; i <= 1_000; i++)
        {
            await call.Requests.BufferAsync(new Note { Number = i });
        }

        await call.CompleteRequestsAsync();
        (await call.ResponseAsync.Within()).ShouldBe(new Total { Count = 1_000, Sum = 500_500 });
    }

    [Fact]
    public async Task a_duplex_call_answers_while_requests_go_on()
    {
        using var call = _channel.Duplex(ProbeMethods.Chat);
        for (int i = 0; i < 100; i++)
        {
            await call.Requests.WriteAsync(new Note { Number = i });
            (await call.Responses.MoveNextAsync()).ShouldBeTrue();
            call.Responses.Current.Number.ShouldBe(i);
        }

        await call.CompleteRequestsAsync();
        (await call.Responses.MoveNextAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task a_stream_of_more_than_40_MB_passes_each_way()
    {
        const int Count = 720;
        ByteString payload = ByteString.CopyFrom(new byte[64 * 1024]);
        using var call = _channel.Duplex(ProbeMethods.Chat);
        Task writing = Task.Run(async () =>
        {
            for (int i = 0; i < Count; i++)
            {
                await call.Requests.WriteAsync(new Note { Number = i, Payload = payload });
            }

            await call.CompleteRequestsAsync();
        });
        long bytes = 0;
        for (int i = 0; await call.Responses.MoveNextAsync(); i++)
        {
            call.Responses.Current.Number.ShouldBe(i);
            bytes += call.Responses.Current.Payload.Length;
        }

        await writing;
        bytes.ShouldBe(Count * 64L * 1024);
    }

    [Fact]
    public async Task a_message_of_3_MiB_passes_each_way()
    {
        byte[] payload = new byte[3 * 1024 * 1024];
        new Random(1).NextBytes(payload);
        Note answer = await _channel.UnaryAsync(ProbeMethods.Echo, new Note { Payload = ByteString.CopyFrom(payload) }).Within();
        answer.Payload.Span.SequenceEqual(payload).ShouldBeTrue();
    }

    [Fact]
    public async Task a_request_over_the_servers_limit_is_RESOURCE_EXHAUSTED()
    {
        var note = new Note { Payload = ByteString.CopyFrom(new byte[(4 * 1024 * 1024) + 1]) };
        (await FailureOf(_channel.UnaryAsync(ProbeMethods.Echo, note))).StatusCode.ShouldBe(StatusCode.ResourceExhausted);
    }

    [Fact]
    public async Task a_response_over_the_clients_limit_is_RESOURCE_EXHAUSTED()
    {
        using var narrow = _server.Connect(new GrpcChannelOptions { MaxReceiveMessageSize = 1_000 });
        var note = new Note { Payload = ByteString.CopyFrom(new byte[1_001]) };
        (await FailureOf(narrow.UnaryAsync(ProbeMethods.Echo, note))).StatusCode.ShouldBe(StatusCode.ResourceExhausted);
    }

    [Fact]
    public async Task a_deadline_that_passes_ends_the_call_with_DEADLINE_EXCEEDED()
    {
        var options = new GrpcCallOptions { Timeout = TimeSpan.FromMilliseconds(100) };
        (await FailureOf(_channel.UnaryAsync(ProbeMethods.Wait, new Note(), options))).StatusCode.ShouldBe(StatusCode.DeadlineExceeded);
    }

    [Fact]
    public async Task a_call_that_is_cancelled_ends_as_CANCELLED_and_its_handler_learns_of_it()
    {
        using var cancel = new CancellationTokenSource();
        Task<Note> call = _channel.UnaryAsync(ProbeMethods.Wait, new Note(), new GrpcCallOptions { CancellationToken = cancel.Token });
        await _server.WaitBegan.Task.Within();
        await cancel.CancelAsync();
        (await FailureOf(call)).StatusCode.ShouldBe(StatusCode.Cancelled);
        await _server.WaitEnded.Task.Within();
        _server.Unhandled.ShouldBeEmpty();
    }

    [Fact]
    public async Task a_call_that_is_disposed_is_cancelled_on_the_server()
    {
        using (var call = _channel.Unary(ProbeMethods.Wait, new Note()))
        {
            await _server.WaitBegan.Task.Within();
        }

        await _server.WaitEnded.Task.Within();
    }

    [Fact]
    public async Task a_call_that_is_cancelled_before_it_starts_ends_as_CANCELLED()
    {
        var options = new GrpcCallOptions { CancellationToken = new CancellationToken(canceled: true) };
        (await FailureOf(_channel.UnaryAsync(ProbeMethods.Echo, new Note(), options))).StatusCode.ShouldBe(StatusCode.Cancelled);
    }

    [Fact]
    public async Task a_read_that_is_cancelled_leaves_the_call_to_be_read_again()
    {
        using var call = _channel.Duplex(ProbeMethods.Chat);
        await call.Requests.WriteAsync(new Note { Number = 1 });
        (await call.Responses.MoveNextAsync()).ShouldBeTrue();
        using var cancel = new CancellationTokenSource();
        ValueTask<bool> read = call.Responses.MoveNextAsync(cancel.Token);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(read.AsTask().Within());

        await call.Requests.WriteAsync(new Note { Number = 2 });
        (await call.Responses.MoveNextAsync().AsTask().Within()).ShouldBeTrue();
        call.Responses.Current.Number.ShouldBe(2);
    }

    [Fact]
    public async Task a_method_that_nobody_serves_is_UNIMPLEMENTED()
    {
        (await FailureOf(_channel.UnaryAsync(ProbeMethods.Unserved, new Note()))).StatusCode.ShouldBe(StatusCode.Unimplemented);
    }

    [Fact]
    public async Task a_service_that_nobody_serves_is_UNIMPLEMENTED()
    {
        (await FailureOf(_channel.UnaryAsync(ProbeMethods.Nowhere, new Note()))).StatusCode.ShouldBe(StatusCode.Unimplemented);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("100 % größer\r\n\tals € 5, 日本 😀 %41")]
    [InlineData("")]
    public async Task a_status_text_arrives_as_it_was_given(string detail)
    {
        var failure = await FailureOf(_channel.UnaryAsync(ProbeMethods.Fail, new FailRequest { Code = (int)StatusCode.Aborted, Detail = detail }));
        failure.Status.ShouldBe(new Status(StatusCode.Aborted, detail));
    }

    [Fact]
    public async Task trailers_of_a_failure_arrive_both_text_and_bytes()
    {
        var failure = await FailureOf(_channel.UnaryAsync(ProbeMethods.Fail, new FailRequest { Code = (int)StatusCode.NotFound }));
        failure.Trailers.Get("reason").ShouldBe("as told");
        failure.Trailers.Get("set-in").ShouldBe("context");
        failure.Trailers.GetBytes("proof-bin")!.Value.ToArray().ShouldBe(new byte[] { 0, 1, 254, 255 });
    }

    [Fact]
    public async Task an_exception_of_a_handler_is_UNKNOWN_tells_the_client_nothing_and_is_reported()
    {
        var failure = await FailureOf(_channel.UnaryAsync(ProbeMethods.Fail, new FailRequest { Detail = "the password is swordfish" }));
        failure.StatusCode.ShouldBe(StatusCode.Unknown);
        failure.ToString().ShouldNotContain("swordfish");
        _server.Unhandled.ShouldHaveSingleItem().Message.ShouldBe("the password is swordfish");
    }

    [Fact]
    public async Task metadata_of_channel_and_call_reach_the_handler_and_come_back_as_headers_and_trailers()
    {
        byte[] bytes = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        using var channel = _server.Connect(new GrpcChannelOptions { Metadata = new Metadata { { "echo-token", "of the channel" } } });
        var options = new GrpcCallOptions { Metadata = new Metadata { { "echo-two", "a b" }, { "echo-all-bin", bytes }, { "echo-all-bin", [9] }, { "echo-none-bin", [] } } };
        using var call = channel.Unary(ProbeMethods.Echo, new Note(), options);
        await call.ResponseAsync.Within();
        foreach (Metadata metadata in new[] { await call.ResponseHeadersAsync, call.Trailers })
        {
            metadata.Get("echo-token").ShouldBe("of the channel");
            metadata.Get("echo-two").ShouldBe("a b");
            metadata.GetAll("echo-all-bin").Select(e => e.ValueBytes.ToArray()).ShouldBe([bytes, [9]]);
            metadata.GetBytes("echo-none-bin")!.Value.Length.ShouldBe(0);
        }
    }

    [Fact]
    public async Task a_server_that_is_not_there_is_UNAVAILABLE()
    {
        await _server.StopAsync();
        using var channel = _server.Connect();
        (await FailureOf(channel.UnaryAsync(ProbeMethods.Echo, new Note()))).StatusCode.ShouldBe(StatusCode.Unavailable);
        using var call = channel.Duplex(ProbeMethods.Chat);
        (await Should.ThrowAsync<RpcException>(call.Requests.WriteAsync(new Note()).AsTask().Within())).StatusCode.ShouldBe(StatusCode.Unavailable);
    }

    [Fact]
    public async Task a_server_that_stops_ends_its_calls_as_UNAVAILABLE()
    {
        Task<Note> call = _channel.UnaryAsync(ProbeMethods.Wait, new Note());
        await _server.WaitBegan.Task.Within();
        Task stop = _server.StopAsync();
        (await FailureOf(call)).StatusCode.ShouldBe(StatusCode.Unavailable);
        await stop.Within();
    }

    private static async Task<RpcException> FailureOf(Task call) => await Should.ThrowAsync<RpcException>(call.Within());
}
