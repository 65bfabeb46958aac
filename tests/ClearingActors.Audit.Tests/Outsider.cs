using System.Diagnostics;
using System.Text.Json;

namespace ClearingActors.Audit.Tests;

/// <summary>The verifier in Python, which shares no line with this one, run as a process of its own.</summary>
internal static class Outsider
{
    private const int TimeLimitSeconds = 60;

    /// <summary>Runs it, and skips the test where there is no python3; or fails, if <c>CLEARING_TESTS_REQUIRE</c> lists <c>python3</c>.</summary>
    /// <returns>Its exit code, and what it printed, as JSON; null if it could not check.</returns>
    internal static async Task<(int Code, JsonElement? Result)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Python()) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "verify_journal.py"), .. arguments, "--json"])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(TimeLimitSeconds));
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            process.ExitCode.ShouldBeInRange(0, 2, await errors);
            (await errors).ShouldNotContain("Traceback");
            return (process.ExitCode, process.ExitCode == 2 ? null : JsonDocument.Parse(await output).RootElement);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"verify_journal.py has run for {TimeLimitSeconds} s");
        }
    }

    private static string Python()
    {
        var found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "python3")).FirstOrDefault(File.Exists);
        if (found is null)
        {
            const string Missing = "Install python3 to run the second verifier";
            (Environment.GetEnvironmentVariable("CLEARING_TESTS_REQUIRE") ?? "").Split(',', StringSplitOptions.TrimEntries).ShouldNotContain("python3", Missing);
            Assert.Skip(Missing);
        }

        return found;
    }
}
