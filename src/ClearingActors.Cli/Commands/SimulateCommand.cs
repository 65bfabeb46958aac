using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ClearingActors.Actors.Simulation;
using ClearingActors.Engine.Simulation;
using Spectre.Console;

namespace ClearingActors.Cli.Commands;

/// <summary><c>clearing simulate</c>: the whole engine in one thread from one seed, with everything going wrong that may.</summary>
public static class SimulateCommand
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var seed = new Option<ulong?>("--seed") { Description = "One seed; a failure names its seed and is reproduced by it." };
        var seeds = new Option<string?>("--seeds") { Description = "A range of seeds, such as 1-1000." };
        var steps = new Option<long>("--steps") { Description = "Steps of the scheduler with faults, per seed.", DefaultValueFactory = _ => HouseSimulation.DefaultSteps };
        var json = new Option<FileInfo?>("--json") { Description = "Writes what occurred to this file." };
        var keepGoing = new Option<bool>("--keep-going") { Description = "Goes on after a seed that fails." };
        var defaults = new Option<bool>("--defaults") { Description = "Has members default in every house, not only in some." };
        var command = new Command("simulate", "Runs the engine in a deterministic simulation with faults and checks its invariants. Exit code 1 if one does not hold.")
        {
            seed, seeds, steps, defaults, json, keepGoing,
        };
        command.SetAction(parsed =>
        {
            if (!TryRange(parsed.GetValue(seed), parsed.GetValue(seeds), out var first, out var last))
            {
                Console.Error.WriteLine($"--seeds {parsed.GetValue(seeds)}: a range such as 1-1000 is expected, or --seed with one number");
                return 2;
            }

            return Run(first, last, parsed.GetValue(steps), parsed.GetValue(defaults), parsed.GetValue(json), parsed.GetValue(keepGoing));
        });
        command.AddExamples(
            ("clearing simulate --seeds 1-1000", "a thousand seeds, with a table of the faults that occurred"),
            ("clearing simulate --defaults --seeds 1-50", "members default in each of fifty houses"),
            ("clearing simulate --seed 17", "one seed again, such as one that failed"));
        return command;
    }

    private static bool TryRange(ulong? seed, string? seeds, out ulong first, out ulong last)
    {
        first = seed ?? 1;
        last = seed ?? 100;
        if (seeds is null)
        {
            return true;
        }

        var dash = seeds.IndexOf('-', StringComparison.Ordinal);
        return dash < 0
            ? ulong.TryParse(seeds, NumberStyles.None, CultureInfo.InvariantCulture, out first) && (last = first) == first
            : ulong.TryParse(seeds.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out first)
                && ulong.TryParse(seeds.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out last)
                && first <= last;
    }

    private static int Run(ulong first, ulong last, long steps, bool defaults, FileInfo? json, bool keepGoing)
    {
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var failures = new List<SimulationFailedException>();
        var watch = Stopwatch.StartNew();
        long totalSteps = 0, rows = 0;
        ulong ran = 0;
        var reported = TimeSpan.Zero;
        for (var seed = first; seed <= last; seed++)
        {
            ran++;
            try
            {
                var report = defaults ? HouseSimulation.RunWithDefaults(seed, steps) : HouseSimulation.Run(seed, steps);
                totalSteps += report.Steps;
                rows += report.Rows;
                foreach (var (what, count) in report.Counts)
                {
                    counts[what] = counts.GetValueOrDefault(what) + count;
                }
            }
            catch (SimulationFailedException failed)
            {
                failures.Add(failed);
                totalSteps += failed.Step;
                Console.Error.WriteLine(failed.Message);
                if (!keepGoing)
                {
                    break;
                }
            }

            if (watch.Elapsed - reported > TimeSpan.FromSeconds(5))
            {
                reported = watch.Elapsed;
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed} of {first}-{last}: {ran / watch.Elapsed.TotalSeconds:0.0} seeds/s, {failures.Count} failed"));
            }
        }

        var table = new Table().Border(TableBorder.Simple).AddColumn("What occurred").AddColumn(new TableColumn("Times").RightAligned());
        foreach (var (what, count) in counts)
        {
            table.AddRow(Markup.Escape(what), count.ToString("N0", CultureInfo.InvariantCulture));
        }

        AnsiConsole.Write(table);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ran} seeds, {totalSteps:N0} steps, {rows:N0} durable turns in {watch.Elapsed.TotalSeconds:0.0} s ({ran / watch.Elapsed.TotalSeconds:0.0} seeds/s); {failures.Count} failed{(failures.Count > 0 ? ": " + string.Join(", ", failures.Select(f => f.Seed)) : "")}"));
        if (json is not null)
        {
            File.WriteAllText(json.FullName, JsonSerializer.Serialize(
                new
                {
                    FirstSeed = first,
                    LastSeed = last,
                    Ran = ran,
                    Steps = totalSteps,
                    Rows = rows,
                    Seconds = watch.Elapsed.TotalSeconds,
                    Occurred = counts,
                    Failures = failures.Select(f => new { f.Seed, f.Step, f.Invariant, f.LastActions }),
                },
                Json));
        }

        return failures.Count > 0 ? 1 : 0;
    }
}
