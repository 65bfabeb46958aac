using System.Diagnostics;

namespace ClearingActors.Grpc.Tests;

/// <summary>Runs a program to its end and takes what it printed; a program that outlives the test's patience is killed by its id.</summary>
internal static class ProcessRun
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(50);

    internal static async Task<string> OutputAsync(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(patience.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            process.ExitCode.ShouldBe(0, $"{program} {string.Join(' ', arguments)}: {await errors}{await output}");
            return await output;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
