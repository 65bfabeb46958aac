using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace ClearingActors.Cli.Soak;

/// <summary>A node as a process of its own, on a fixed port and data folder, to be killed and started again.</summary>
internal sealed class NodeChild : IDisposable
{
    internal const string OperatorToken = "soak-operator-token";
    internal const string VenueToken = "soak-venue-token-1";
    private readonly string _settings;
    private readonly string _folder;
    private Process? _process;

    internal NodeChild(string folder)
    {
        _folder = folder;
        var port = FreePort();
        Address = new Uri($"http://127.0.0.1:{port}");
        _settings = Path.Combine(folder, "node.json");
        File.WriteAllText(_settings, JsonSerializer.Serialize(new
        {
            listen = new { port },
            journal = new { shards = 8 },
            businessClock = "manual",
            principals = new object[]
            {
                new { token = OperatorToken, name = "operator:soak", roles = new[] { "operator" } },
                new { token = VenueToken, name = "venue:soak", roles = new[] { "venue" }, sources = new[] { "SOAK" } },
            },
            checkpoints = new { seconds = 1 },
            logging = new { console = false, file = "log/node-.log" },
        }));
    }

    internal Uri Address { get; }

    /// <summary>Starts the node and waits until it serves.</summary>
    internal async Task StartAsync(CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        }

        foreach (var argument in new[] { "node", "--config", _settings, "--data", Path.Combine(_folder, "data") })
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start) ?? throw new CommandException("the node's process did not start");
        var errors = _process.StandardError.ReadToEndAsync(cancellation);
        var line = await _process.StandardOutput.ReadLineAsync(cancellation).ConfigureAwait(false);
        if (line is null)
        {
            throw new CommandException($"the node did not start again: {await errors.ConfigureAwait(false)}");
        }
    }

    /// <summary>As kill -9 does.</summary>
    internal async Task KillAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync().ConfigureAwait(false);
            process.Dispose();
            _process = null;
        }
    }

    public void Dispose()
    {
        if (_process is { } process)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
            _process = null;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
