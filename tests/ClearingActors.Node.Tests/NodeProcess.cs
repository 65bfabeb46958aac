using System.Diagnostics;
using System.Text.Json;

namespace ClearingActors.Node.Tests;

/// <summary>A node as a process of its own, to be killed or told to stop.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    private NodeProcess(Process process, Task<string> errors, Uri address)
    {
        _process = process;
        _errors = errors;
        Address = address;
    }

    internal Uri Address { get; }

    internal int Id => _process.Id;

    /// <summary>Starts a process; the exit code and what it said, when it ends before it serves.</summary>
    internal static async Task<(int Code, string Errors)> RunAsync(string settings, string data)
    {
        using var process = Start(settings, data);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync().Within();
        (await output.Within()).ShouldBeEmpty();
        await process.WaitForExitAsync().Within();
        return (process.ExitCode, errors);
    }

    /// <summary>Starts a node and waits until it serves; optionally with a limit to the size of a file, beyond which its writes fail with an I/O error.</summary>
    internal static async Task<NodeProcess> StartAsync(string folder, int? fileSizeLimitBytes = null)
    {
        var process = Start(WriteSettings(folder), Path.Combine(folder, "data"), fileSizeLimitBytes);
        var errors = process.StandardError.ReadToEndAsync();
        var line = await process.StandardOutput.ReadLineAsync().Within();
        line.ShouldNotBeNull(process.HasExited ? await errors : "no output");
        return new NodeProcess(process, errors, new Uri(line["serving gRPC on ".Length..]));
    }

    /// <summary>Writes the tests' settings as a file.</summary>
    internal static string WriteSettings(string folder)
    {
        var path = Path.Combine(folder, "node.json");
        File.WriteAllText(path, JsonSerializer.Serialize(new
        {
            listen = new { port = 0 },
            journal = new { shards = 8 },
            businessClock = "manual",
            stopSeconds = 20,
            principals = House.Principals.Select(p => new
            {
                token = p.Token,
                name = p.Name,
                roles = new[] { p.Roles.ToString().ToLowerInvariant() },
                sources = p.Sources,
                members = p.Members,
                markSources = p.MarkSources,
            }),
            logging = new { console = false },
        }));
        return path;
    }

    /// <summary>As kill -9 does.</summary>
    internal async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().Within();
    }

    /// <summary>Waits for the process's own end; the exit code.</summary>
    internal async Task<(int Code, string Errors)> EndAsync()
    {
        await _process.WaitForExitAsync().Within();
        return (_process.ExitCode, await _errors.Within());
    }

    /// <summary>As an operator's kill does; the exit code.</summary>
    internal async Task<(int Code, string Errors)> TerminateAsync()
    {
        using (var kill = Process.Start("/bin/sh", ["-c", $"kill -TERM {_process.Id}"]))
        {
            await kill.WaitForExitAsync().Within();
            kill.ExitCode.ShouldBe(0);
        }

        return await EndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private static Process Start(string settings, string data, int? fileSizeLimitBytes = null)
    {
        // exec, so that the process is the node's own and not the shell's.
        var limit = fileSizeLimitBytes is { } bytes ? $"trap '' XFSZ; ulimit -f {bytes / 512}; " : "";
        var start = new ProcessStartInfo("/bin/sh", ["-c", limit + "exec \"$@\"", "sh", Environment.ProcessPath!]) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(NodeProcess).Assembly.Location);
        }

        start.ArgumentList.Add(Program.ServeArgument);
        start.ArgumentList.Add(settings);
        start.ArgumentList.Add(data);

        // The runtime maps code twice through a file larger than the limit.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        return Process.Start(start) ?? throw new InvalidOperationException("the node's process did not start");
    }
}
