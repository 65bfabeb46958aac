using ClearingActors.Grpc.Health.V1;
using ClearingActors.Grpc.Reflection.V1;
using ClearingActors.Grpc.Tests.Probes;
using Google.Protobuf.Reflection;
using ServingStatus = ClearingActors.Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace ClearingActors.Grpc.Tests;

/// <summary>What a server offers around its methods: mapping, interception, health and reflection.</summary>
public sealed class ServiceTests
{
    [Fact]
    public async Task an_interceptor_turns_a_call_away_before_its_handler_and_hands_on_what_it_found()
    {
        int handled = 0;
        var who = new GrpcMethod<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>("test.Who/AmI", GrpcMethodType.Unary, Marshaller.Bytes, Marshaller.Bytes);
        await using ProbeServer server = await ProbeServer.StartAsync(grpc =>
        {
            grpc.Options.Interceptor = context =>
            {
                context.UserState["user"] = context.RequestHeaders.Get("authorization") == "Bearer right"
                    ? "member"
                    : throw new RpcException(StatusCode.Unauthenticated, $"Not let in to {context.Method}");
                return ValueTask.CompletedTask;
            };
            grpc.Unary(who, (_, context) =>
            {
                handled++;
                return ValueTask.FromResult<ReadOnlyMemory<byte>>(System.Text.Encoding.ASCII.GetBytes((string)context.UserState["user"]!));
            });
        });
        using GrpcChannel stranger = server.Connect();
        var failure = await Should.ThrowAsync<RpcException>(stranger.UnaryAsync(who, ReadOnlyMemory<byte>.Empty).Within());
        failure.Status.ShouldBe(new Status(StatusCode.Unauthenticated, "Not let in to test.Who/AmI"));
        handled.ShouldBe(0);

        using GrpcChannel member = server.Connect(new GrpcChannelOptions { Metadata = new Metadata { { "authorization", "Bearer right" } } });
        var answer = await member.UnaryAsync(who, ReadOnlyMemory<byte>.Empty).Within();
        System.Text.Encoding.ASCII.GetString(answer.Span).ShouldBe("member");
        handled.ShouldBe(1);
    }

    [Fact]
    public async Task a_handler_knows_its_peer_and_deadline_and_may_send_headers_before_any_message()
    {
        var method = new GrpcMethod<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>("test.Early/Headers", GrpcMethodType.DuplexStreaming, Marshaller.Bytes, Marshaller.Bytes);
        await using ProbeServer server = await ProbeServer.StartAsync(grpc => grpc.Duplex(method, async (requests, responses, context) =>
        {
            context.ResponseHeaders.Add("peer", context.Peer);
            context.ResponseHeaders.Add("in-time", (context.Deadline > DateTimeOffset.UtcNow).ToString());
            await context.SendResponseHeadersAsync();
            (await requests.MoveNextAsync()).ShouldBeFalse();
        }));
        using GrpcChannel channel = server.Connect();
        using var call = channel.Duplex(method, new GrpcCallOptions { Timeout = TimeSpan.FromMinutes(5) });
        Metadata headers = await call.ResponseHeadersAsync.Within();
        headers.Get("peer")!.ShouldStartWith("ipv4:127.0.0.1:");
        headers.Get("in-time").ShouldBe("True");
        await call.CompleteRequestsAsync();
        (await call.Responses.MoveNextAsync().AsTask().Within()).ShouldBeFalse();
    }

    [Fact]
    public async Task messages_that_a_handler_buffered_are_sent_before_the_status_it_fails_with()
    {
        var method = new GrpcMethod<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>("test.Some/ThenFail", GrpcMethodType.ServerStreaming, Marshaller.Bytes, Marshaller.Bytes);
        await using ProbeServer server = await ProbeServer.StartAsync(grpc => grpc.ServerStreaming(method, async (_, responses, _) =>
        {
            await responses.BufferAsync(new byte[] { 1 });
            await responses.BufferAsync(new byte[] { 2 });
            throw new RpcException(StatusCode.DataLoss, "no more");
        }));
        using GrpcChannel channel = server.Connect();
        using var call = channel.ServerStreaming(method, ReadOnlyMemory<byte>.Empty);
        (await call.Responses.MoveNextAsync().AsTask().Within()).ShouldBeTrue();
        call.Responses.Current.ToArray().ShouldBe([1]);
        call.Responses.TryReadBuffered(out var second).ShouldBeTrue();
        second.ToArray().ShouldBe([2]);
        (await Should.ThrowAsync<RpcException>(call.Responses.MoveNextAsync().AsTask().Within())).StatusCode.ShouldBe(StatusCode.DataLoss);
        call.Status.ShouldBe(new Status(StatusCode.DataLoss, "no more"));
    }

    [Fact]
    public async Task a_reader_and_a_writer_that_outlive_their_call_are_told_that_it_has_ended()
    {
        var method = new GrpcMethod<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>("test.Left/Behind", GrpcMethodType.DuplexStreaming, Marshaller.Bytes, Marshaller.Bytes);
        GrpcStreamReader<ReadOnlyMemory<byte>>? reader = null;
        GrpcStreamWriter<ReadOnlyMemory<byte>>? writer = null;
        Task<bool>? read = null;
        await using ProbeServer server = await ProbeServer.StartAsync(grpc => grpc.Duplex(method, async (requests, responses, context) =>
        {
            (reader, writer) = (requests, responses);
            await responses.WriteAsync(ReadOnlyMemory<byte>.Empty);
            await requests.MoveNextAsync();
            read = requests.MoveNextAsync().AsTask();
        }));
        using GrpcChannel channel = server.Connect();
        using (var call = channel.Duplex(method))
        {
            await call.Requests.WriteAsync(ReadOnlyMemory<byte>.Empty);
            (await call.Responses.MoveNextAsync().AsTask().Within()).ShouldBeTrue();
            (await call.Responses.MoveNextAsync().AsTask().Within()).ShouldBeFalse("the handler returned while a read of its own went on");
        }

        await Should.ThrowAsync<OperationCanceledException>(read!.Within());
        await Should.ThrowAsync<OperationCanceledException>(reader!.MoveNextAsync().AsTask().Within());
        reader.TryReadBuffered(out _).ShouldBeFalse();
        await Should.ThrowAsync<OperationCanceledException>(writer!.WriteAsync(ReadOnlyMemory<byte>.Empty).AsTask().Within());
        server.Unhandled.ShouldBeEmpty();
    }

    [Fact]
    public async Task many_calls_at_once_each_get_their_own_answers()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using GrpcChannel channel = server.Connect();
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            using var call = channel.Duplex(ProbeMethods.Chat);
            for (int j = 0; j < 20; j++)
            {
                await call.Requests.WriteAsync(new Note { Number = (i * 1_000) + j });
                (await call.Responses.MoveNextAsync()).ShouldBeTrue();
                call.Responses.Current.Number.ShouldBe((i * 1_000) + j);
            }

            await call.CompleteRequestsAsync();
            (await call.Responses.MoveNextAsync()).ShouldBeFalse();
        })).Within();
        server.Unhandled.ShouldBeEmpty();
    }

    [Fact]
    public void a_method_is_made_only_of_what_its_service_declares()
    {
        ServiceDescriptor service = ProbeReflection.Descriptor.Services[0];
        Should.Throw<ArgumentException>(() => GrpcMethod.Of<Note, Note>(service, "NoSuch"));
        Should.Throw<ArgumentException>(() => GrpcMethod.Of<Note, Note>(service, "Sum"));
        GrpcMethod.Of<Note, Total>(service, "Sum").Type.ShouldBe(GrpcMethodType.ClientStreaming);
        Should.Throw<ArgumentException>(() => new GrpcMethod<Note, Note>("NoSlash", GrpcMethodType.Unary, ProbeMethods.Echo.RequestMarshaller, ProbeMethods.Echo.ResponseMarshaller));
    }

    [Fact]
    public async Task a_method_is_mapped_once_and_in_its_own_shape()
    {
        await Should.ThrowAsync<ArgumentException>(() => ProbeServer.StartAsync(grpc => grpc.Unary(ProbeMethods.Echo, (note, _) => ValueTask.FromResult(note))));
        await Should.ThrowAsync<ArgumentException>(() => ProbeServer.StartAsync(grpc => grpc.Unary(ProbeMethods.Count, (_, _) => ValueTask.FromResult(new Note()))));
    }

    [Fact]
    public async Task health_is_checked_by_service_and_watched_as_it_changes()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using GrpcChannel channel = server.Connect();
        var request = new HealthCheckRequest { Service = "clearing.Later" };
        (await channel.UnaryAsync(HealthService.CheckMethod, new HealthCheckRequest()).Within()).Status.ShouldBe(ServingStatus.Serving);
        (await Should.ThrowAsync<RpcException>(channel.UnaryAsync(HealthService.CheckMethod, request).Within())).StatusCode.ShouldBe(StatusCode.NotFound);

        using var watch = channel.ServerStreaming(HealthService.WatchMethod, request);
        await ShouldTellAsync(ServingStatus.ServiceUnknown);
        server.Health.Set("clearing.Later", ServingStatus.Serving);
        await ShouldTellAsync(ServingStatus.Serving);

        // The status of another and the same status again are no news.
        server.Health.Set("clearing.Other", ServingStatus.NotServing);
        server.Health.Set("clearing.Later", ServingStatus.Serving);
        server.Health.Set("clearing.Later", ServingStatus.NotServing);
        await ShouldTellAsync(ServingStatus.NotServing);
        (await channel.UnaryAsync(HealthService.CheckMethod, request).Within()).Status.ShouldBe(ServingStatus.NotServing);

        async Task ShouldTellAsync(ServingStatus status)
        {
            (await watch.Responses.MoveNextAsync().AsTask().Within()).ShouldBeTrue();
            watch.Responses.Current.Status.ShouldBe(status);
        }
    }

    [Theory]
    [InlineData("clearing.probe.v1.Probe")]
    [InlineData("clearing.probe.v1.Probe.Echo")]
    [InlineData("clearing.probe.v1.Note")]
    [InlineData("clearing.probe.v1.Note.number")]
    public async Task reflection_finds_the_file_of_a_service_a_method_a_message_and_a_field(string symbol)
    {
        ServerReflectionResponse answer = await AskAsync(new ServerReflectionRequest { FileContainingSymbol = symbol });
        answer.FileDescriptorResponse.FileDescriptorProto.Select(f => FileDescriptorProto.Parser.ParseFrom(f).Name)
            .ShouldBe(["clearing/probe/v1/probe.proto", "clearing/probe/v1/tag.proto", "google/protobuf/timestamp.proto"]);
    }

    [Theory]
    [InlineData("grpc.health.v1.HealthCheckResponse.ServingStatus")]
    [InlineData("grpc.health.v1.HealthCheckResponse.SERVING")]
    public async Task reflection_finds_the_file_of_an_enum_and_its_values(string symbol)
    {
        ServerReflectionResponse answer = await AskAsync(new ServerReflectionRequest { FileContainingSymbol = symbol });
        FileDescriptorProto.Parser.ParseFrom(answer.FileDescriptorResponse.FileDescriptorProto.Single()).Name.ShouldBe("grpc/health/v1/health.proto");
    }

    [Fact]
    public async Task reflection_says_what_it_does_not_know_and_goes_on()
    {
        (await AskAsync(new ServerReflectionRequest { FileByFilename = "no/such.proto" })).ErrorResponse.ErrorCode.ShouldBe((int)StatusCode.NotFound);
        (await AskAsync(new ServerReflectionRequest { AllExtensionNumbersOfType = "no.Such" })).ErrorResponse.ErrorCode.ShouldBe((int)StatusCode.NotFound);
        (await AskAsync(new ServerReflectionRequest { FileContainingExtension = new ExtensionRequest { ContainingType = "clearing.probe.v1.Note", ExtensionNumber = 9 } }))
            .ErrorResponse.ErrorCode.ShouldBe((int)StatusCode.NotFound);
        (await AskAsync(new ServerReflectionRequest())).ErrorResponse.ErrorCode.ShouldBe((int)StatusCode.InvalidArgument);
        (await AskAsync(new ServerReflectionRequest { AllExtensionNumbersOfType = "clearing.probe.v1.Note" })).AllExtensionNumbersResponse.ExtensionNumber.ShouldBeEmpty();
    }

    private static async Task<ServerReflectionResponse> AskAsync(ServerReflectionRequest request)
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using GrpcChannel channel = server.Connect();
        var method = GrpcMethod.Of<ServerReflectionRequest, ServerReflectionResponse>(ReflectionReflection.Descriptor.Services[0], "ServerReflectionInfo");
        using var call = channel.Duplex(method);
        await call.Requests.WriteAsync(request);
        (await call.Responses.MoveNextAsync().AsTask().Within()).ShouldBeTrue();
        call.Responses.Current.OriginalRequest.ShouldBe(request);
        return call.Responses.Current;
    }
}
