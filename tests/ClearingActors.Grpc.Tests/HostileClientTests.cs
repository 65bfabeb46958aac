using System.Net;
using System.Net.Sockets;
using System.Text;
using ClearingActors.Grpc.Tests.Probes;
using ClearingActors.Testing;
using Google.Protobuf;

namespace ClearingActors.Grpc.Tests;

/// <summary>Clients that are broken, slow or ill-meaning: they harm themselves alone.</summary>
public sealed class HostileClientTests
{
    private const string Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    [Fact]
    public async Task garbage_on_the_port_leaves_other_clients_served()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using GrpcChannel channel = server.Connect();
        var random = new Random(7);
        for (int i = 0; i < 50; i++)
        {
            byte[] garbage = new byte[random.Next(1, 5_000)];
            random.NextBytes(garbage);
            using TcpClient plain = await ConnectAsync(server);
            await SendAsync(plain, garbage);
            using TcpClient http2 = await ConnectAsync(server);
            await SendAsync(http2, (byte[])[.. Encoding.ASCII.GetBytes(Preface), .. garbage]);
            (await channel.UnaryAsync(ProbeMethods.Echo, new Note { Number = i }).Within()).Number.ShouldBe(i);
        }
    }

    [Fact]
    public async Task a_client_that_goes_away_within_a_message_ends_its_handler()
    {
        await using ProbeServer server = await ProbeServer.StartAsync(Waiting(out var began, out var ended));
        using (TcpClient client = await ConnectAsync(server))
        {
            await SendAsync(client, HalfAMessageTo("/test.Reader/Read"));
            await began.Task.Within();
        }

        (await ended.Task.Within()).ShouldBeAssignableTo<OperationCanceledException>();
        server.Unhandled.ShouldBeEmpty();
    }

    [Fact]
    public async Task a_client_that_falls_silent_within_a_message_is_found_by_pings_and_its_handler_ends()
    {
        var limits = new GrpcKestrelLimits { KeepAlivePingDelay = TimeSpan.FromSeconds(1), KeepAlivePingTimeout = TimeSpan.FromSeconds(1) };
        await using ProbeServer server = await ProbeServer.StartAsync(Waiting(out var began, out var ended), limits: limits);

        // The socket stays open and takes what comes; only nobody answers, as behind a cable that was pulled.
        using TcpClient client = await ConnectAsync(server);
        await SendAsync(client, HalfAMessageTo("/test.Reader/Read"));
        await began.Task.Within();
        (await ended.Task.Within()).ShouldBeAssignableTo<OperationCanceledException>();
        server.Unhandled.ShouldBeEmpty();
    }

    [Fact]
    public async Task a_client_that_never_reads_holds_its_own_handler_back_and_nobody_else()
    {
        const long Bound = 8 * 1024 * 1024;
        await using ProbeServer server = await ProbeServer.StartAsync();
        using GrpcChannel idle = server.Connect();
        var stuck = idle.ServerStreaming(ProbeMethods.Count, new CountRequest { Count = int.MaxValue, Size = 10_000 });

        await stuck.ResponseHeadersAsync.Within();

        // Far more passes to another client than the bound; a writer that nothing holds back would do at least as much.
        using GrpcChannel busy = server.Connect();
        using (var call = busy.Duplex(ProbeMethods.Chat))
        {
            ByteString payload = ByteString.CopyFrom(new byte[64 * 1024]);
            for (int i = 0; i < 1_000; i++)
            {
                await call.Requests.WriteAsync(new Note { Number = i, Payload = payload });
                (await call.Responses.MoveNextAsync().AsTask().Within()).ShouldBeTrue();
            }
        }

        long written = Interlocked.Read(ref server.BytesCounted);
        written.ShouldBeInRange(1, Bound);
        server.CountEnded.Task.IsCompleted.ShouldBeFalse();

        stuck.Dispose();
        (await server.CountEnded.Task.Within()).ShouldBeAssignableTo<OperationCanceledException>();
    }

    [Fact]
    public async Task a_write_that_flow_control_holds_can_be_given_up_and_the_status_still_arrives_behind_what_was_sent()
    {
        var source = new GrpcMethod<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>("test.Source/Flood", GrpcMethodType.ServerStreaming, Marshaller.Bytes, Marshaller.Bytes);
        var givenUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ProbeServer server = await ProbeServer.StartAsync(grpc =>
        {
            grpc.ServerStreaming(source, async (_, responses, _) =>
            {
                using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
                try
                {
                    while (true)
                    {
                        await responses.WriteAsync(new byte[10_000], patience.Token);
                    }
                }
                catch (OperationCanceledException) when (patience.IsCancellationRequested)
                {
                    givenUp.SetResult();
                    throw new RpcException(StatusCode.ResourceExhausted, "too slow");
                }
            });
        });
        using GrpcChannel channel = server.Connect();
        using var call = channel.ServerStreaming(source, ReadOnlyMemory<byte>.Empty);
        await givenUp.Task.Within();

        var failure = await Should.ThrowAsync<RpcException>(async () =>
        {
            while (await call.Responses.MoveNextAsync())
            {
            }
        });
        failure.Status.ShouldBe(new Status(StatusCode.ResourceExhausted, "too slow"));
    }

    [Fact]
    public async Task the_handler_of_a_client_that_does_not_read_is_let_go_at_the_deadline()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using var http = new RawHttp(server.Address);
        byte[] request = RawHttp.Frame(0, new CountRequest { Count = int.MaxValue, Size = 10_000 }.ToByteArray());
        using HttpResponseMessage response = await http.PostAsync(
            "/clearing.probe.v1.Probe/Count", new ByteArrayContent(request), headers: ("grpc-timeout", "1S"));
        (await server.CountEnded.Task.Within()).ShouldBeAssignableTo<OperationCanceledException>();

        // Only now does it read: what had been sent, and behind it the status.
        await response.Content.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken).Within();
        response.TrailingHeaders.GetValues("grpc-status").ShouldBe([((int)StatusCode.DeadlineExceeded).ToString()]);
    }

    [Fact]
    public async Task a_second_write_before_the_first_has_ended_is_refused()
    {
        // The handler does not read, so the first write is too large to end.
        var method = new GrpcMethod<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>(
            "test.Reader/Read", GrpcMethodType.ClientStreaming, Marshaller.Bytes, Marshaller.Bytes);
        await using ProbeServer server = await ProbeServer.StartAsync(grpc => grpc.ClientStreaming(method, async (_, context) =>
        {
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return ReadOnlyMemory<byte>.Empty;
        }));
        using GrpcChannel channel = server.Connect();
        using var call = channel.ClientStreaming(method);
        ValueTask first = call.Requests.WriteAsync(new byte[16 * 1024 * 1024]);
        await Should.ThrowAsync<InvalidOperationException>(async () => await call.Requests.WriteAsync(ReadOnlyMemory<byte>.Empty));
        call.Dispose();
        (await Should.ThrowAsync<RpcException>(first.AsTask().Within())).StatusCode.ShouldBe(StatusCode.Cancelled);
    }

    [Fact]
    public async Task ten_thousand_connections_that_come_and_go_leave_nothing_behind_and_another_client_served()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using GrpcChannel channel = server.Connect();
        (await channel.UnaryAsync(ProbeMethods.Echo, new Note { Number = 1 }).Within()).Number.ShouldBe(1);
        OpenFiles.ConnectionsTo(Environment.ProcessId, server.Address.Port).ShouldBe(1);

        Task storm = ConnectionStorm.RunAsync(server.Address.Port, 10_000, TestContext.Current.CancellationToken);
        int calls = 0;
        while (!storm.IsCompleted)
        {
            (await channel.UnaryAsync(ProbeMethods.Echo, new Note { Number = calls }).Within()).Number.ShouldBe(calls);
            calls++;
        }

        await storm;
        calls.ShouldBeGreaterThan(0);
        await Patience.UntilAsync(() => OpenFiles.ConnectionsTo(Environment.ProcessId, server.Address.Port) == 1, "all others are closed");
        (await channel.UnaryAsync(ProbeMethods.Echo, new Note { Number = 1 }).Within()).Number.ShouldBe(1);
        server.Unhandled.ShouldBeEmpty();
    }

    [Fact]
    public async Task connections_above_the_bound_are_turned_away()
    {
        await using ProbeServer server = await ProbeServer.StartAsync(limits: new GrpcKestrelLimits { MaxConcurrentConnections = 1 });
        using GrpcChannel first = server.Connect();
        using var held = first.Duplex(ProbeMethods.Chat);
        await held.Requests.WriteAsync(new Note());
        (await held.Responses.MoveNextAsync()).ShouldBeTrue();

        using GrpcChannel second = server.Connect();
        var failure = await Should.ThrowAsync<RpcException>(second.UnaryAsync(ProbeMethods.Echo, new Note()).Within());
        failure.StatusCode.ShouldBe(StatusCode.Unavailable);
        await held.Requests.WriteAsync(new Note { Number = 2 });
        (await held.Responses.MoveNextAsync()).ShouldBeTrue();
    }

    /// <summary>A method that reads to the end, and tells when it began and what ended it.</summary>
    private static Action<GrpcServiceBuilder> Waiting(out TaskCompletionSource began, out TaskCompletionSource<Exception?> ended)
    {
        var method = new GrpcMethod<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>(
            "test.Reader/Read", GrpcMethodType.ClientStreaming, Marshaller.Bytes, Marshaller.Bytes);
        var begun = began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var over = ended = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        return grpc => grpc.ClientStreaming(method, async (requests, _) =>
        {
            begun.SetResult();
            try
            {
                while (await requests.MoveNextAsync())
                {
                }

                over.SetResult(null);
                return ReadOnlyMemory<byte>.Empty;
            }
            catch (Exception e)
            {
                over.SetResult(e);
                throw;
            }
        });
    }

    private static async Task<TcpClient> ConnectAsync(ProbeServer server)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Address.Port, TestContext.Current.CancellationToken);
        return client;
    }

    private static async Task SendAsync(TcpClient client, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await client.GetStream().WriteAsync(bytes, TestContext.Current.CancellationToken);
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.Shutdown })
        {
            // The server may hang up on garbage before all of it is sent; that is its right.
            TestContext.Current.SendDiagnosticMessage("hung up: {0}", e.Message);
        }
    }

    /// <summary>HTTP/2 by hand: the preface, settings, the headers of a call and the first half of a message.</summary>
    private static byte[] HalfAMessageTo(string path)
    {
        var headers = new List<byte>();
        foreach (var (name, value) in new[] { (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "test"), ("content-type", "application/grpc"), ("te", "trailers") })
        {
            // A literal field that is not indexed, its name and its value neither Huffman-coded.
            headers.AddRange([0, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), (byte)value.Length, .. Encoding.ASCII.GetBytes(value)]);
        }

        return
        [
            .. Encoding.ASCII.GetBytes(Preface),
            .. Frame(type: 4, flags: 0, stream: 0, []),
            .. Frame(type: 1, flags: 4, stream: 1, [.. headers]),
            .. Frame(type: 0, flags: 0, stream: 1, [0, 0, 0, 0, 100, 1, 2, 3]),
        ];
    }

    private static byte[] Frame(byte type, byte flags, byte stream, byte[] payload) =>
        [0, (byte)(payload.Length >> 8), (byte)payload.Length, type, flags, 0, 0, 0, stream, .. payload];
}
