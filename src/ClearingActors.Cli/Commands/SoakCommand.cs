using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ClearingActors.Actors.Simulation;
using ClearingActors.Cli.Soak;
using ClearingActors.Engine.Simulation;
using Spectre.Console;

namespace ClearingActors.Cli.Commands;

/// <summary><c>clearing soak</c>: the long versions of the checks that the tests run a share of.</summary>
public static class SoakCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var minutes = new Option<double>("--minutes") { Description = "How long in all: half of it simulation, a third kills, the rest mutated messages.", DefaultValueFactory = _ => 30 };
        minutes.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && double.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var given) && given is not (>= 0.1 and <= 10_080))
            {
                result.AddError($"--minutes is {given}; 0.1 to 10080 is allowed");
            }
        });
        var seed = new Option<int>("--seed") { Description = "The first seed of the simulation and the seed of kills and mutations; the default is the clock's.", DefaultValueFactory = _ => (int)(DateTimeOffset.UtcNow.ToUnixTimeSeconds() % 1_000_000_000) };
        var json = new Option<string?>("--json") { Description = "Writes the figures to a file.", HelpName = "FILE" };
        var command = new Command("soak", "Runs the long versions of the checks: simulated faults from fresh seeds, a real node killed under a real client, mutated messages. Exit code 1 if one fails.") { minutes, seed, json };
        command.AddExamples(("clearing soak --minutes 480 --json soak.json", "a night"), ("clearing soak --minutes 5 --seed 7", "a taste, reproducible but for timing"));
        command.SetAction(async (result, cancellation) =>
        {
            var report = await RunAsync(TimeSpan.FromMinutes(result.GetValue(minutes)), result.GetValue(seed), cancellation).ConfigureAwait(false);
            Show(report);
            if (result.GetValue(json) is { } file)
            {
                await File.WriteAllTextAsync(file, JsonSerializer.Serialize(report, Json), cancellation).ConfigureAwait(false);
            }

            return report.Faults.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    private static async Task<SoakReport> RunAsync(TimeSpan length, int seed, CancellationToken cancellation)
    {
        List<string> faults = [];
        var folder = Directory.CreateTempSubdirectory("clearing-soak-").FullName;
        try
        {
            AnsiConsole.MarkupLine($"[grey]seed {seed}: kills[/]");
            var kills = new KillLoop(seed);
            faults.AddRange(await kills.RunAsync(Directory.CreateDirectory(Path.Combine(folder, "kills")).FullName, DateTimeOffset.UtcNow + (length / 3), text => AnsiConsole.MarkupLine($"[grey]{Markup.Escape(text)}[/]"), cancellation).ConfigureAwait(false));
            AnsiConsole.MarkupLine("[grey]mutated messages[/]");
            var fuzz = new MessageFuzz(seed);
            faults.AddRange(await fuzz.RunAsync(Directory.CreateDirectory(Path.Combine(folder, "fuzz")).FullName, DateTimeOffset.UtcNow + (length / 6), cancellation).ConfigureAwait(false));
            AnsiConsole.MarkupLine("[grey]simulation[/]");
            var end = DateTimeOffset.UtcNow + (length / 2);
            long seeds = 0, steps = 0;
            for (var at = (ulong)seed; DateTimeOffset.UtcNow < end && !cancellation.IsCancellationRequested; at++)
            {
                seeds++;
                try
                {
                    steps += HouseSimulation.Run(at, HouseSimulation.DefaultSteps).Steps;
                }
                catch (SimulationFailedException failed)
                {
                    faults.Add(failed.Message);
                }
            }

            return new SoakReport(seed, kills.Kills, kills.Trades, fuzz.Messages, seeds, steps, faults);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Show(SoakReport report)
    {
        foreach (var fault in report.Faults)
        {
            AnsiConsole.MarkupLine($"[red]FAILED[/]  {Markup.Escape(fault)}");
        }

        AnsiConsole.MarkupLine(string.Create(CultureInfo.InvariantCulture, $"seed {report.Seed}: {report.Kills} kills under {report.Trades:N0} trades, {report.MutatedMessages:N0} mutated messages, {report.Seeds:N0} simulated seeds of {report.Steps:N0} steps; {report.Faults.Count} faults"));
    }

    private sealed record SoakReport(int Seed, int Kills, int Trades, long MutatedMessages, long Seeds, long Steps, IReadOnlyList<string> Faults);
}
