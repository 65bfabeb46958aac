using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ClearingActors.Grpc.Tests.Probes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ClearingActors.Grpc.Tests;

/// <summary>What the client makes of servers that answer with less than gRPC, or not at all.</summary>
public sealed class ClientStatusTests
{
    private static readonly GrpcMethod<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> Bare =
        new("test.Bare/Answer", GrpcMethodType.Unary, Marshaller.Bytes, Marshaller.Bytes);

    [Theory]
    [InlineData(400, StatusCode.Internal)]
    [InlineData(401, StatusCode.Unauthenticated)]
    [InlineData(403, StatusCode.PermissionDenied)]
    [InlineData(404, StatusCode.Unimplemented)]
    [InlineData(429, StatusCode.Unavailable)]
    [InlineData(500, StatusCode.Unknown)]
    [InlineData(503, StatusCode.Unavailable)]
    public async Task an_HTTP_status_without_a_gRPC_status_is_translated(int http, StatusCode expected)
    {
        (await FailureAsync(context =>
        {
            context.Response.StatusCode = http;
            return Task.CompletedTask;
        })).StatusCode.ShouldBe(expected);
    }

    [Theory]
    [InlineData(0x0, StatusCode.Internal)]
    [InlineData(0x2, StatusCode.Internal)]
    [InlineData(0x7, StatusCode.Unavailable)]
    [InlineData(0x8, StatusCode.Cancelled)]
    [InlineData(0xb, StatusCode.ResourceExhausted)]
    [InlineData(0xc, StatusCode.PermissionDenied)]
    public async Task a_stream_that_is_reset_after_its_headers_is_translated(int code, StatusCode expected)
    {
        (await FailureAsync(async context =>
        {
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.FlushAsync();
            context.Features.GetRequiredFeature<IHttpResetFeature>().Reset(code);
        })).StatusCode.ShouldBe(expected);
    }

    [Fact]
    public async Task a_response_without_a_status_is_UNKNOWN()
    {
        (await FailureAsync(async context =>
        {
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.WriteAsync(RawHttp.Frame(0, []));
        })).StatusCode.ShouldBe(StatusCode.Unknown);
    }

    [Fact]
    public async Task a_response_of_another_content_type_is_UNKNOWN()
    {
        (await FailureAsync(context => context.Response.WriteAsync("<html/>"))).StatusCode.ShouldBe(StatusCode.Unknown);
    }

    [Theory]
    [InlineData("99")]
    [InlineData("none")]
    public async Task a_status_that_the_protocol_does_not_name_is_UNKNOWN(string status)
    {
        (await FailureAsync(context =>
        {
            context.Response.ContentType = "application/grpc";
            context.Response.Headers["grpc-status"] = status;
            return Task.CompletedTask;
        })).StatusCode.ShouldBe(StatusCode.Unknown);
    }

    [Fact]
    public async Task a_response_cut_off_within_a_message_is_INTERNAL()
    {
        (await FailureAsync(async context =>
        {
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.WriteAsync(new byte[] { 0, 0, 0, 0, 9, 1 });
            context.Response.AppendTrailer("grpc-status", "0");
        })).StatusCode.ShouldBe(StatusCode.Internal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task a_unary_call_takes_one_response(int responses)
    {
        (await FailureAsync(async context =>
        {
            context.Response.ContentType = "application/grpc";
            await context.Response.StartAsync();
            for (int i = 0; i < responses; i++)
            {
                await context.Response.Body.WriteAsync(RawHttp.Frame(0, []));
            }

            context.Response.AppendTrailer("grpc-status", "0");
        })).StatusCode.ShouldBe(StatusCode.Unimplemented);
    }

    [Fact]
    public async Task a_server_that_never_answers_costs_no_more_than_the_deadline()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var channel = new GrpcChannel(new Uri($"http://{silent.LocalEndpoint}"));
        var options = new GrpcCallOptions { Timeout = TimeSpan.FromMilliseconds(100) };
        var failure = await Should.ThrowAsync<RpcException>(channel.UnaryAsync(ProbeMethods.Echo, new Note(), options).Within());
        failure.StatusCode.ShouldBe(StatusCode.DeadlineExceeded);

        using var duplex = channel.Duplex(ProbeMethods.Chat, options);
        (await Should.ThrowAsync<RpcException>(duplex.Responses.MoveNextAsync().AsTask().Within())).StatusCode.ShouldBe(StatusCode.DeadlineExceeded);
        duplex.Status!.Value.Code.ShouldBe(StatusCode.DeadlineExceeded);
        (await Should.ThrowAsync<RpcException>(duplex.Requests.WriteAsync(new Note()).AsTask().Within())).StatusCode.ShouldBe(StatusCode.DeadlineExceeded);
    }

    [Fact]
    public async Task a_connection_that_breaks_within_a_call_is_UNAVAILABLE()
    {
        (await FailureAsync(async context =>
        {
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.FlushAsync();
            context.Features.GetRequiredFeature<Microsoft.AspNetCore.Connections.Features.IConnectionLifetimeFeature>().Abort();
        })).StatusCode.ShouldBe(StatusCode.Unavailable);
    }

    [Fact]
    public async Task calls_go_over_TLS_to_a_server_the_client_trusts_and_to_no_other()
    {
        using X509Certificate2 certificate = SelfSigned();
        await using ProbeServer server = await ProbeServer.StartAsync(certificate: certificate);
        server.Address.Scheme.ShouldBe("https");
        using var trusting = server.Connect(new GrpcChannelOptions
        {
            Ssl = new() { RemoteCertificateValidationCallback = (_, shown, _, _) => shown!.GetCertHashString() == certificate.GetCertHashString() },
        });
        (await trusting.UnaryAsync(ProbeMethods.Echo, new Note { Number = 3 }).Within()).Number.ShouldBe(3);

        using var wary = server.Connect();
        (await Should.ThrowAsync<RpcException>(wary.UnaryAsync(ProbeMethods.Echo, new Note()).Within())).StatusCode.ShouldBe(StatusCode.Unavailable);
    }

    [Fact]
    public async Task a_call_by_HTTP_1_is_told_to_upgrade()
    {
        using X509Certificate2 certificate = SelfSigned();
        await using ProbeServer server = await ProbeServer.StartAsync(certificate: certificate);
        using var http = new HttpClient(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown!.GetCertHashString() == certificate.GetCertHashString() } });
        using var content = new ByteArrayContent(RawHttp.Frame(0, []));
        content.Headers.ContentType = new("application/grpc");
        using HttpResponseMessage response = await http.PostAsync(new Uri(server.Address, ProbeMethods.Echo.FullName), content, TestContext.Current.CancellationToken);
        response.Version.ShouldBe(HttpVersion.Version11);
        response.StatusCode.ShouldBe(HttpStatusCode.UpgradeRequired);
    }

    [Fact]
    public async Task a_response_in_gzip_is_read()
    {
        byte[] plain = new byte[10_000];
        using var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(plain);
        }

        await using ProbeServer server = await ProbeServer.StartAsync(beside: app => app.MapPost("/" + Bare.FullName, async context =>
        {
            context.Request.Headers["grpc-accept-encoding"].ToString().ShouldContain("gzip");
            context.Response.ContentType = "application/grpc";
            context.Response.Headers["grpc-encoding"] = "gzip";
            await context.Response.Body.WriteAsync(RawHttp.Frame(1, zipped.ToArray()));
            context.Response.AppendTrailer("grpc-status", "0");
        }));
        using GrpcChannel channel = server.Connect();
        (await channel.UnaryAsync(Bare, ReadOnlyMemory<byte>.Empty).Within()).ToArray().ShouldBe(plain);
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    /// <summary>Calls a method that answers over bare HTTP.</summary>
    private static async Task<RpcException> FailureAsync(RequestDelegate answer)
    {
        await using ProbeServer server = await ProbeServer.StartAsync(beside: app => app.MapPost("/" + Bare.FullName, answer));
        using GrpcChannel channel = server.Connect();
        return await Should.ThrowAsync<RpcException>(channel.UnaryAsync(Bare, ReadOnlyMemory<byte>.Empty).Within());
    }
}
