using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ClearingActors.Testing;

/// <summary>Connections of every ill kind, opened and dropped in great number.</summary>
internal static class ConnectionStorm
{
    /// <summary>Connections that are open together: with both ends in one process well below the usual bound of 1,024 files.</summary>
    private const int Wave = 200;

    private const int Kinds = 6;

    /// <summary>How long a wave may take before the server is thought to be stuck.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly byte[] Preface = Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

    /// <summary>An empty SETTINGS frame.</summary>
    private static readonly byte[] Settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];

    /// <summary>The head of a HEADERS frame of 100 bytes, and ten of them.</summary>
    private static readonly byte[] HalfAHeaders = [0, 0, 100, 1, 4, 0, 0, 0, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

    /// <summary>
    /// Opens and drops connections, wave by wave. Five in six are reset, so that they leave no port behind that waits for a minute.
    /// </summary>
    /// <exception cref="SocketException">The server takes no connections, or the machine has no more ports or files.</exception>
    /// <exception cref="OperationCanceledException">The server is stuck, or the token has ended.</exception>
    internal static async Task RunAsync(int port, int count, CancellationToken cancellation)
    {
        for (var first = 0; first < count; first += Wave)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            patience.CancelAfter(Patience);
            List<Socket> wave = [];
            try
            {
                for (var i = first; i < Math.Min(count, first + Wave); i++)
                {
                    var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                    wave.Add(socket);
                    await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), patience.Token);
                    await MisbehaveAsync(socket, i, patience.Token);
                }
            }
            finally
            {
                wave.ForEach(static socket => socket.Dispose());
            }
        }
    }

    private static async Task MisbehaveAsync(Socket socket, int number, CancellationToken cancellation)
    {
        socket.LingerState = new LingerOption(number % Kinds != 0, 0);
        try
        {
            switch (number % Kinds)
            {
                case 0:
                    // A client as it should be, that says hello, waits for the answer and leaves: so the server has taken all that came before it.
                    await socket.SendAsync((byte[])[.. Preface, .. Settings], cancellation);
                    (await socket.ReceiveAsync(new byte[Settings.Length], cancellation)).ShouldBeGreaterThan(0, $"connection {number} was hung up on at its hello");
                    break;
                case 1:
                    await socket.SendAsync(Preface.AsMemory(0, number % Preface.Length), cancellation);
                    break;
                case 2:
                    var garbage = new byte[1 + (number % 500)];
                    new Random(number).NextBytes(garbage);
                    await socket.SendAsync(garbage, cancellation);
                    break;
                case 3:
                    await socket.SendAsync((byte[])[.. Preface, .. Settings, .. HalfAHeaders], cancellation);
                    break;
                case 4:
                    // Half open: it will say no more and still listens.
                    socket.Shutdown(SocketShutdown.Send);
                    break;
                default:
                    await socket.SendAsync(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), cancellation);
                    break;
            }
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown or SocketError.ConnectionAborted)
        {
            // The server may hang up first; that is its right.
            TestContext.Current.SendDiagnosticMessage("hung up: {0}", e.Message);
        }
    }
}
