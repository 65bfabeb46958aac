using System.Buffers.Binary;
using System.Net;

namespace ClearingActors.Grpc.Tests;

/// <summary>HTTP/2 requests with bytes of the test's choice, for what no client of gRPC would send.</summary>
internal sealed class RawHttp(Uri server) : IDisposable
{
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler());

    internal Task<HttpResponseMessage> PostAsync(
        string path, HttpContent content, string contentType = "application/grpc", params (string Key, string Value)[] headers)
    {
        content.Headers.Remove("content-type");
        content.Headers.TryAddWithoutValidation("content-type", contentType);
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server, path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        foreach (var (key, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(key, value);
        }

        return _http.SendAsync(request, TestContext.Current.CancellationToken).Within();
    }

    /// <summary>Sends frames to a method and gives the status of the answer.</summary>
    internal async Task<(StatusCode Code, string Message)> StatusAsync(string method, byte[] body, params (string Key, string Value)[] headers)
    {
        using HttpResponseMessage response = await PostAsync("/" + method, new ByteArrayContent(body), headers: headers);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken).Within();
        var source = response.TrailingHeaders.Contains("grpc-status") ? response.TrailingHeaders : response.Headers;
        string message = source.TryGetValues("grpc-message", out var values) ? values.Single() : "";
        return ((StatusCode)int.Parse(source.GetValues("grpc-status").Single()), message);
    }

    internal static byte[] Frame(byte flag, ReadOnlySpan<byte> payload)
    {
        byte[] frame = new byte[5 + payload.Length];
        frame[0] = flag;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), payload.Length);
        payload.CopyTo(frame.AsSpan(5));
        return frame;
    }

    public void Dispose() => _http.Dispose();
}
