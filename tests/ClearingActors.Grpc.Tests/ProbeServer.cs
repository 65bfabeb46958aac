using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using ClearingActors.Grpc.Tests.Probes;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ClearingActors.Grpc.Tests;

/// <summary>A real server on a free loopback port that serves probe.proto, health and reflection.</summary>
internal sealed class ProbeServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ProbeServer(WebApplication app) => _app = app;

    internal Uri Address { get; private set; } = null!;

    internal string HostAndPort => Address.Authority;

    internal HealthService Health { get; } = new();

    /// <summary>What handlers let escape.</summary>
    internal ConcurrentQueue<Exception> Unhandled { get; } = new();

    /// <summary>Completed when a Wait has been called, and again when its token ended.</summary>
    internal TaskCompletionSource WaitBegan { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal TaskCompletionSource WaitEnded { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How many bytes of payload Count has handed to its writer.</summary>
    internal long BytesCounted;

    /// <summary>Completed when a Count has ended, with the exception that ended it.</summary>
    internal TaskCompletionSource<Exception?> CountEnded { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal static async Task<ProbeServer> StartAsync(
        Action<GrpcServiceBuilder>? more = null, Action<WebApplication>? beside = null, X509Certificate2? certificate = null, GrpcKestrelLimits? limits = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.ConfigureKestrelForGrpc(limits);
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                if (certificate is not null)
                {
                    // As it would stand beside REST: TLS lets the client choose.
                    listen.Protocols = HttpProtocols.Http1AndHttp2;
                    listen.UseHttps(certificate);
                }
            });
        });
        WebApplication app = builder.Build();
        var server = new ProbeServer(app);
        app.MapGrpc(grpc =>
        {
            grpc.Options.UnhandledException = (e, _) => server.Unhandled.Enqueue(e);
            grpc.Unary(ProbeMethods.Echo, EchoAsync)
                .ServerStreaming(ProbeMethods.Count, server.CountAsync)
                .ClientStreaming(ProbeMethods.Sum, SumAsync)
                .Duplex(ProbeMethods.Chat, ChatAsync)
                .Unary(ProbeMethods.Fail, FailAsync)
                .Unary(ProbeMethods.Wait, server.WaitAsync)
                .Health(server.Health)
                .Reflection();
            more?.Invoke(grpc);
        });
        beside?.Invoke(app);
        await app.StartAsync();
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        server.Address = new Uri(address);
        return server;
    }

    internal GrpcChannel Connect(GrpcChannelOptions? options = null) => new(Address, options);

    internal Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        // Calls that a test left open are not worth waiting for.
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private static ValueTask<Note> EchoAsync(Note request, ServerCallContext context)
    {
        foreach (MetadataEntry entry in context.RequestHeaders.Where(e => e.Key.StartsWith("echo-", StringComparison.Ordinal)))
        {
            foreach (Metadata target in new[] { context.ResponseHeaders, context.Trailers })
            {
                if (entry.IsBinary)
                {
                    target.Add(entry.Key, entry.ValueBytes.ToArray());
                }
                else
                {
                    target.Add(entry.Key, entry.Value);
                }
            }
        }

        return ValueTask.FromResult(request);
    }

    private async ValueTask CountAsync(CountRequest request, GrpcStreamWriter<Note> responses, ServerCallContext context)
    {
        try
        {
            ByteString payload = ByteString.CopyFrom(new byte[request.Size]);
            for (int i = 0; i < request.Count; i++)
            {
                await responses.WriteAsync(new Note { Number = i, Payload = payload });
                Interlocked.Add(ref BytesCounted, request.Size);
            }

            CountEnded.TrySetResult(null);
        }
        catch (Exception e)
        {
            CountEnded.TrySetResult(e);
            throw;
        }
    }

    private static async ValueTask<Total> SumAsync(GrpcStreamReader<Note> requests, ServerCallContext context)
    {
        var total = new Total();
        while (await requests.MoveNextAsync())
        {
            Note note = requests.Current;
            do
            {
                total.Count++;
                total.Sum += note.Number;
                total.Bytes += note.Payload.Length;
            }
            while (requests.TryReadBuffered(out note!));
        }

        return total;
    }

    private static async ValueTask ChatAsync(GrpcStreamReader<Note> requests, GrpcStreamWriter<Note> responses, ServerCallContext context)
    {
        while (await requests.MoveNextAsync())
        {
            await responses.BufferAsync(requests.Current);
            while (requests.TryReadBuffered(out Note? note))
            {
                await responses.BufferAsync(note);
            }

            await responses.FlushAsync();
        }
    }

    private static ValueTask<Note> FailAsync(FailRequest request, ServerCallContext context)
    {
        if (request.Code == 0)
        {
            throw new InvalidOperationException(request.Detail);
        }

        context.Trailers.Add("set-in", "context");
        throw new RpcException(
            new Status((StatusCode)request.Code, request.Detail),
            new Metadata { { "reason", "as told" }, { "proof-bin", [0, 1, 254, 255] } });
    }

    private async ValueTask<Note> WaitAsync(Note request, ServerCallContext context)
    {
        WaitBegan.TrySetResult();
        try
        {
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        }
        finally
        {
            WaitEnded.TrySetResult();
        }

        return request;
    }
}
