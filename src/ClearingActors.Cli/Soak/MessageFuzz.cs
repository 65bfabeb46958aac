using System.Net.Sockets;
using ClearingActors.Client;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Grpc;
using Google.Protobuf;

namespace ClearingActors.Cli.Soak;

/// <summary>
/// Sends a node bytes that no client would: mutated messages on real calls, and garbage on the bare port. After each round a well-behaved call must be answered.
/// </summary>
internal sealed class MessageFuzz
{
    private readonly Random _random;

    internal MessageFuzz(int seed) => _random = new Random(seed);

    internal long Messages { get; private set; }

    internal async Task<IReadOnlyList<string>> RunAsync(string folder, DateTimeOffset end, CancellationToken cancellation)
    {
        List<string> faults = [];
        using var node = new NodeChild(folder);
        await node.StartAsync(cancellation).ConfigureAwait(false);
        var raw = new GrpcMethod<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>("clearing.members.v1.MembersService/SubmitTrades", GrpcMethodType.DuplexStreaming, Marshaller.Bytes, Marshaller.Bytes);
        using var channel = new GrpcChannel(node.Address, new GrpcChannelOptions { Metadata = new Metadata { { "authorization", $"Bearer {NodeChild.VenueToken}" } } });
        using var honest = new ClearingConnection(node.Address, new ClearingConnectionOptions { Token = NodeChild.OperatorToken });
        while (DateTimeOffset.UtcNow < end)
        {
            for (var call = 0; call < 50; call++)
            {
                await CallAsync(channel, raw, faults, cancellation).ConfigureAwait(false);
            }

            await GarbageAsync(node.Address, cancellation).ConfigureAwait(false);
            try
            {
                await honest.Operations.GetStatusAsync(new Contracts.Operations.V1.GetStatusRequest(), cancellation).WaitAsync(TimeSpan.FromSeconds(30), cancellation).ConfigureAwait(false);
            }
            catch (Exception error) when (error is RpcException or TimeoutException)
            {
                faults.Add($"after {Messages} messages an honest call failed: {error.Message}");
                return faults;
            }
        }

        return faults;
    }

    private async Task CallAsync(GrpcChannel channel, GrpcMethod<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> method, List<string> faults, CancellationToken cancellation)
    {
        using var call = channel.Duplex(method, new GrpcCallOptions { Timeout = TimeSpan.FromSeconds(30), CancellationToken = cancellation });
        try
        {
            for (var i = _random.Next(1, 5); i > 0; i--)
            {
                await call.Requests.WriteAsync(Mutate(), cancellation).ConfigureAwait(false);
                Messages++;
            }

            await call.CompleteRequestsAsync().ConfigureAwait(false);
            while (await call.Responses.MoveNextAsync(cancellation).ConfigureAwait(false))
            {
            }
        }
        catch (RpcException refused) when (refused.StatusCode is StatusCode.InvalidArgument or StatusCode.ResourceExhausted or StatusCode.PermissionDenied or StatusCode.Unavailable)
        {
            // What garbage deserves. UNAVAILABLE is what HttpClient makes of a call that the server ended while the client was still writing; the honest call tells
            // whether the server is there.
        }
        catch (RpcException error)
        {
            faults.Add($"message {Messages}: {error.StatusCode} {error.Status.Detail}");
        }
    }

    private byte[] Mutate()
    {
        var request = new SubmitTradesRequest();
        for (var i = _random.Next(1, 4); i > 0; i--)
        {
            request.Trades.Add(new TradeReport
            {
                Source = "SOAK",
                TradeId = $"F{Messages}-{i}",
                Instrument = "X",
                Buyer = new Side { Account = "A" },
                Seller = new Side { Account = "B", Client = "C" },
                Quantity = _random.NextInt64(),
                Price = new Contracts.Common.V1.Decimal { Mantissa = _random.NextInt64(), Exponent = _random.Next(-40, 40) },
                ExecutionTime = _random.NextInt64(),
            });
        }

        var bytes = request.ToByteArray();
        for (var i = _random.Next(0, 6); i > 0; i--)
        {
            bytes[_random.Next(bytes.Length)] = (byte)_random.Next(256);
        }

        return _random.Next(4) == 0 ? bytes[.._random.Next(bytes.Length)] : bytes;
    }

    private async Task GarbageAsync(Uri address, CancellationToken cancellation)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(address.Host, address.Port, cancellation).ConfigureAwait(false);
        var bytes = new byte[_random.Next(1, 4096)];
        _random.NextBytes(bytes);
        if (_random.Next(2) == 0)
        {
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8[..Math.Min(24, bytes.Length)].CopyTo(bytes);
        }

        try
        {
            await socket.GetStream().WriteAsync(bytes, cancellation).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The server has closed the connection in our face, as it should.
        }
    }
}
