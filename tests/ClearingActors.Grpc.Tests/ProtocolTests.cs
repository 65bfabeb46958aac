using System.IO.Compression;
using System.Net;
using ClearingActors.Grpc.Tests.Probes;
using Google.Protobuf;

namespace ClearingActors.Grpc.Tests;

/// <summary>What the server answers to requests that are broken or unusual.</summary>
public sealed class ProtocolTests : IAsyncLifetime
{
    private const string Echo = "clearing.probe.v1.Probe/Echo";
    private const string Sum = "clearing.probe.v1.Probe/Sum";

    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _heeded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ProbeServer _server = null!;
    private RawHttp _http = null!;

    public async ValueTask InitializeAsync()
    {
        var deaf = new GrpcMethod<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>("test.Deaf/Wait", GrpcMethodType.Unary, Marshaller.Bytes, Marshaller.Bytes);
        var heeding = new GrpcMethod<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>("test.Heeding/Wait", GrpcMethodType.ClientStreaming, Marshaller.Bytes, Marshaller.Bytes);
        _server = await ProbeServer.StartAsync(grpc => grpc
            .Unary(deaf, async (request, _) =>
            {
                await _release.Task;
                return request;
            })
            .ClientStreaming(heeding, async (_, context) =>
            {
                using var heed = context.CancellationToken.Register(_heeded.SetResult);
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
                return ReadOnlyMemory<byte>.Empty;
            }));
        _http = new RawHttp(_server.Address);
    }

    public async ValueTask DisposeAsync()
    {
        _release.TrySetResult();
        _http.Dispose();
        await _server.DisposeAsync();
        _server.Unhandled.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/grpc-web")]
    [InlineData("text/plain")]
    public async Task another_content_type_is_415(string contentType)
    {
        using HttpResponseMessage response = await _http.PostAsync("/" + Echo, new ByteArrayContent([]), contentType);
        response.StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);
    }

    [Fact]
    public async Task a_content_type_with_a_format_is_accepted()
    {
        using HttpResponseMessage response = await _http.PostAsync("/" + Echo, new ByteArrayContent(RawHttp.Frame(0, [])), "application/grpc+proto");
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).ShouldBe(RawHttp.Frame(0, []));
        response.TrailingHeaders.GetValues("grpc-status").ShouldBe(["0"]);
    }

    [Fact]
    public async Task an_unknown_path_that_is_not_gRPC_is_404()
    {
        using HttpResponseMessage response = await _http.PostAsync("/no/such", new ByteArrayContent([]), "application/json");
        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task an_unknown_method_is_answered_in_one_header_frame_with_HTTP_200()
    {
        using HttpResponseMessage response = await _http.PostAsync("/no.such/Method", new ByteArrayContent([]));
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Headers.GetValues("grpc-status").ShouldBe(["12"]);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/grpc");
    }

    [Theory]
    [InlineData(new byte[] { 0, 0, 0, 0, 9, 8, 1 }, "a message cut short")]
    [InlineData(new byte[] { 0, 0, 0 }, "a head cut short")]
    [InlineData(new byte[] { 7, 0, 0, 0, 0 }, "a flag without meaning")]
    [InlineData(new byte[] { 1, 0, 0, 0, 0 }, "compressed by nothing")]
    [InlineData(new byte[] { 0, 0, 0, 0, 3, 255, 255, 255 }, "no protobuf")]
    public async Task a_body_that_breaks_the_protocol_is_INTERNAL(byte[] body, string why)
    {
        (await _http.StatusAsync(Echo, body)).Code.ShouldBe(StatusCode.Internal, why);
        (await _http.StatusAsync(Sum, body)).Code.ShouldBe(StatusCode.Internal, why);
    }

    [Fact]
    public async Task garbage_of_any_kind_never_succeeds_and_never_stops_the_server()
    {
        var random = new Random(20);
        for (int i = 0; i < 100; i++)
        {
            byte[] garbage = new byte[random.Next(1, 200)];
            random.NextBytes(garbage);
            (await _http.StatusAsync(Echo, garbage)).Code.ShouldBeOneOf(StatusCode.Internal, StatusCode.ResourceExhausted);
        }

        (await _http.StatusAsync(Echo, RawHttp.Frame(0, []))).Code.ShouldBe(StatusCode.OK);
    }

    [Fact]
    public async Task a_message_over_the_limit_is_refused_on_sight_of_its_head()
    {
        // Only the head is ever sent: an answer shows that the server did not wait for the rest.
        var content = new UnendingContent([0, 0x7F, 0xFF, 0xFF, 0xFF]);
        using HttpResponseMessage response = await _http.PostAsync("/" + Echo, content);
        response.Headers.GetValues("grpc-status").ShouldBe([((int)StatusCode.ResourceExhausted).ToString()]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task a_unary_method_takes_one_request(int requests)
    {
        byte[] body = [.. Enumerable.Repeat(RawHttp.Frame(0, []), requests).SelectMany(f => f)];
        (await _http.StatusAsync(Echo, body)).Code.ShouldBe(StatusCode.Unimplemented);
    }

    [Fact]
    public async Task a_request_in_gzip_is_read()
    {
        var note = new Note { Text = new string('x', 10_000) };
        byte[] body = RawHttp.Frame(1, Gzip(note.ToByteArray()));
        using HttpResponseMessage response = await _http.PostAsync("/" + Echo, new ByteArrayContent(body), headers: ("grpc-encoding", "gzip"));
        byte[] answer = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        Note.Parser.ParseFrom(answer.AsSpan(5)).ShouldBe(note);
        response.Headers.GetValues("grpc-accept-encoding").ShouldBe(["identity,gzip"]);
    }

    [Fact]
    public async Task a_small_request_that_unzips_to_more_than_the_limit_is_RESOURCE_EXHAUSTED()
    {
        byte[] body = RawHttp.Frame(1, Gzip(new byte[64 * 1024 * 1024]));
        body.Length.ShouldBeLessThan(1024 * 1024);
        (await _http.StatusAsync(Echo, body, ("grpc-encoding", "gzip"))).Code.ShouldBe(StatusCode.ResourceExhausted);
    }

    [Fact]
    public async Task a_request_that_only_claims_to_be_gzip_is_INTERNAL()
    {
        (await _http.StatusAsync(Echo, RawHttp.Frame(1, [1, 2, 3, 4]), ("grpc-encoding", "gzip"))).Code.ShouldBe(StatusCode.Internal);
    }

    [Fact]
    public async Task a_compression_the_server_does_not_know_is_UNIMPLEMENTED()
    {
        (await _http.StatusAsync(Echo, RawHttp.Frame(1, [1]), ("grpc-encoding", "snappy"))).Code.ShouldBe(StatusCode.Unimplemented);
    }

    [Fact]
    public async Task the_server_sends_DEADLINE_EXCEEDED_even_while_its_handler_takes_no_notice()
    {
        (await _http.StatusAsync("test.Deaf/Wait", RawHttp.Frame(0, []), ("grpc-timeout", "50m"))).Code.ShouldBe(StatusCode.DeadlineExceeded);
    }

    [Fact]
    public async Task a_deadline_that_passes_on_the_server_ends_the_handlers_token()
    {
        (await _http.StatusAsync("test.Heeding/Wait", [], ("grpc-timeout", "50m"))).Code.ShouldBe(StatusCode.DeadlineExceeded);
        await _heeded.Task.Within();
    }

    [Fact]
    public async Task a_deadline_that_races_with_the_answer_ends_the_call_one_way_or_the_other()
    {
        byte[] notes = [.. Enumerable.Range(0, 20).SelectMany(i => RawHttp.Frame(0, new Note { Number = i, Text = "race" }.ToByteArray()))];
        byte[] count = RawHttp.Frame(0, new CountRequest { Count = 50, Size = 2_000 }.ToByteArray());
        for (int i = 0; i < 60; i++)
        {
            var timeout = ("grpc-timeout", $"{100 * (i % 30)}u");
            var ends = await Task.WhenAll(Enumerable.Range(0, 20).Select(j => (j % 2) switch
            {
                0 => _http.StatusAsync("clearing.probe.v1.Probe/Chat", notes, timeout),
                _ => _http.StatusAsync("clearing.probe.v1.Probe/Count", count, timeout),
            }));
            ends.Select(end => end.Code).ShouldAllBe(code => code == StatusCode.OK || code == StatusCode.DeadlineExceeded);
        }

        (await _http.StatusAsync(Sum, notes)).Code.ShouldBe(StatusCode.OK);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("5x")]
    [InlineData("-5S")]
    [InlineData("123456789S")]
    public async Task a_malformed_timeout_is_INTERNAL(string timeout)
    {
        (await _http.StatusAsync(Echo, RawHttp.Frame(0, []), ("grpc-timeout", timeout))).Code.ShouldBe(StatusCode.Internal);
    }

    [Fact]
    public async Task the_longest_timeout_there_is_is_accepted()
    {
        (await _http.StatusAsync(Echo, RawHttp.Frame(0, []), ("grpc-timeout", "99999999H"))).Code.ShouldBe(StatusCode.OK);
    }

    [Fact]
    public async Task binary_metadata_that_is_not_base64_is_INTERNAL()
    {
        (await _http.StatusAsync(Echo, RawHttp.Frame(0, []), ("echo-bad-bin", "!!!"))).Code.ShouldBe(StatusCode.Internal);
    }

    [Fact]
    public async Task binary_metadata_with_padding_is_read()
    {
        (await _http.StatusAsync(Echo, RawHttp.Frame(0, []), ("echo-good-bin", "AQ=="))).Code.ShouldBe(StatusCode.OK);
    }

    private static byte[] Gzip(byte[] plain)
    {
        using var result = new MemoryStream();
        using (var gzip = new GZipStream(result, CompressionLevel.Optimal))
        {
            gzip.Write(plain);
        }

        return result.ToArray();
    }

    /// <summary>Sends some bytes and then neither more nor the end.</summary>
    private sealed class UnendingContent(byte[] bytes) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.WriteAsync(bytes, cancellationToken);
            await stream.FlushAsync(cancellationToken);
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = -1;
            return false;
        }
    }
}
