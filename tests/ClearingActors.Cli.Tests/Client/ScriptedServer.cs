using System.Net;
using ClearingActors.Client;
using ClearingActors.Contracts.Margin.V1;
using ClearingActors.Contracts.Markets.V1;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Grpc;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ClearingActors.Cli.Tests.Client;

/// <summary>A real gRPC server on the loopback whose answers a test writes.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ScriptedServer(WebApplication app, Uri address)
    {
        _app = app;
        Address = address;
    }

    internal Uri Address { get; }

    internal static async Task<ScriptedServer> StartAsync(Action<GrpcServiceBuilder> map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.ConfigureKestrelForGrpc();
            kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = HttpProtocols.Http2);
        });
        var app = builder.Build();
        app.MapGrpc(map);
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new ScriptedServer(app, new Uri(address));
    }

    /// <summary>A server of SubmitTrades alone; the number says the how-manieth call it is, from 1.</summary>
    internal static Task<ScriptedServer> OfTradesAsync(
        Func<int, GrpcStreamReader<SubmitTradesRequest>, GrpcStreamWriter<SubmitTradesResponse>, ServerCallContext, ValueTask> handler)
    {
        var calls = 0;
        return StartAsync(services => services.Duplex(
            ClearingMethods.SubmitTrades, (reader, writer, context) => handler(Interlocked.Increment(ref calls), reader, writer, context)));
    }

    internal static Task<ScriptedServer> OfWatchesAsync(
        Func<int, WatchAccountRequest, GrpcStreamWriter<WatchAccountResponse>, ServerCallContext, ValueTask> handler)
    {
        var calls = 0;
        return StartAsync(services => services.ServerStreaming(
            ClearingMethods.WatchAccount, (request, writer, context) => handler(Interlocked.Increment(ref calls), request, writer, context)));
    }

    internal static Task<ScriptedServer> OfMarginWatchesAsync(Func<int, WatchMarginRequest, GrpcStreamWriter<WatchMarginResponse>, ValueTask> handler)
    {
        var calls = 0;
        return StartAsync(services => services.ServerStreaming(
            GrpcMethod.Of<WatchMarginRequest, WatchMarginResponse>(MarginReflection.Descriptor.Services[0], "WatchMargin"),
            (request, writer, _) => handler(Interlocked.Increment(ref calls), request, writer)));
    }

    internal static Task<ScriptedServer> OfMarksAsync(Func<GrpcStreamReader<PublishMarksRequest>, ServerCallContext, ValueTask<PublishMarksResponse>> handler) =>
        StartAsync(services => services.ClientStreaming(ClearingMethods.PublishMarks, handler));

    public async ValueTask DisposeAsync()
    {
        // Streams that tests left open end with the server; nobody needs the usual half minute.
        using var hurry = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await _app.StopAsync(hurry.Token);
        await _app.DisposeAsync();
    }
}
