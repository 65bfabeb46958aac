using System.Diagnostics;
using System.Text.Json;
using ClearingActors.Cli.Commands;

namespace ClearingActors.Cli.Bench;

/// <summary>What a client process came to.</summary>
internal sealed record ClientResult(long Trades, double Seconds, double TradesPerSecond, double P50Ms, double P99Ms, double P999Ms, double P99MedianSecondMs);

/// <summary>A client of a benchmark's node, in a process of its own as clients are.</summary>
internal static class ClientProcess
{
    /// <summary>Runs <c>clearing bench-client</c> to its end.</summary>
    /// <param name="node">Where it sends trades.</param>
    /// <param name="accounts">Accounts that trade.</param>
    /// <param name="window">The most trades without an answer.</param>
    /// <param name="arguments">What else it is told, with spaces between.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="onMeasuring">Is called when its warm-up is over.</param>
    /// <exception cref="CommandException">It did not start, failed, or printed no result.</exception>
    internal static async Task<ClientResult> RunAsync(BenchNode node, int accounts, int window, string arguments, CancellationToken cancellation, Action? onMeasuring = null)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        }

        var fixedArguments = $"bench-client --address {node.Address} --token {BenchNode.Token} --accounts {accounts} --window {window} --source {BenchHouse.Source} --instrument {BenchHouse.Instrument(1)} --price 2500 --execution-time {BenchHouse.Noon - 1}";
        foreach (var argument in $"{fixedArguments} {arguments}".Split(' '))
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start) ?? throw new CommandException("the client process did not start");
        try
        {
            var errors = process.StandardError.ReadToEndAsync(cancellation);
            var output = "";
            while (await process.StandardOutput.ReadLineAsync(cancellation).ConfigureAwait(false) is { } line)
            {
                if (line == BenchClientCommand.Measuring)
                {
                    onMeasuring?.Invoke();
                }
                else
                {
                    output += line;
                }
            }

            await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
            if (process.ExitCode != 0)
            {
                throw new CommandException($"the client process ended with {process.ExitCode}: {await errors.ConfigureAwait(false)}");
            }

            return JsonSerializer.Deserialize<ClientResult>(output, JsonSerializerOptions.Web) ?? throw new CommandException($"the client process printed no result: {output}");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }
}
