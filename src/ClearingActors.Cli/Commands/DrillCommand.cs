using System.CommandLine;
using ClearingActors.Cli.Drills;

namespace ClearingActors.Cli.Commands;

/// <summary><c>clearing drill</c>: defaults of the past and of the mind, played through the engine to the last minor unit (rulebook 11).</summary>
public static class DrillCommand
{
    /// <summary>The command.</summary>
    public static Command Create() => new("drill", "Default drills: a house, what happens to it, and who bears the loss.") { List(), Run() };

    private static Option<string> Directory() => new("--drills") { Description = "The directory of the drills, one file each.", DefaultValueFactory = _ => Path.Combine("config", "drills") };

    private static Command List()
    {
        var directory = Directory();
        var command = new Command("list", "The drills that there are.") { directory };
        command.SetAction(parsed =>
        {
            PlainTable.Write(parsed.InvocationConfiguration.Output, ["Drill", "What", "Facts", "Assumed"], Files(parsed.GetRequiredValue(directory)).Select(DrillFile.Read).Select(d => (string[])
                [d.Name, d.Title, $"{d.Facts.Count(f => f.Source is not null)}", $"{d.Facts.Count(f => f.Assumed is not null)}"]));
            return ExitCode.Ok;
        });
        command.AddExamples(("clearing drill list", "the drills of config/drills"));
        return command;
    }

    private static Command Run()
    {
        var name = new Argument<string>("name") { Description = "A drill's name, or a file of your own." };
        var directory = Directory();
        var json = new Option<FileInfo?>("--json") { Description = "Writes every figure to this file." };
        var svg = new Option<FileInfo?>("--svg") { Description = "Draws the waterfall into this file." };
        var command = new Command("run", "Plays a drill. Exit code 1 if it does not come out as its file expects.") { name, directory, json, svg };
        command.SetAction(async (parsed, cancellation) =>
        {
            var drill = DrillFile.Read(FileOf(parsed.GetRequiredValue(name), parsed.GetRequiredValue(directory)));
            var output = parsed.InvocationConfiguration.Output;
            DrillReport.PrintFacts(drill, output);
            var result = await DrillRun.PlayAsync(drill, output, cancellation);
            DrillReport.Print(result, output);
            if (parsed.GetValue(json) is { } target)
            {
                OutputFile.Write(target, DrillReport.ToJson(result));
            }

            if (parsed.GetValue(svg) is { } picture)
            {
                OutputFile.Write(picture, DrillPicture.Of(result));
            }

            if (result.Failure.Length > 0)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"error: {result.Failure}");
            }

            return result.Passed ? ExitCode.Ok : ExitCode.Failed;
        });
        command.AddExamples(
            ("clearing drill run nasdaq-2018", "a power trader's default that reached the members' fund"),
            ("clearing drill run failed-auction --json drill.json --svg waterfall.svg", "nobody bids; with every figure and a picture"),
            ("clearing drill run my-drill.json", "a drill of your own"));
        return command;
    }

    private static string FileOf(string name, string directory)
    {
        if (name.EndsWith(".json", StringComparison.Ordinal))
        {
            return name;
        }

        var files = Files(directory);
        return files.FirstOrDefault(f => Path.GetFileNameWithoutExtension(f) == name)
            ?? throw new CommandException($"{directory} has no drill {name}; it has {string.Join(", ", files.Select(Path.GetFileNameWithoutExtension))}");
    }

    private static IReadOnlyList<string> Files(string directory)
    {
        try
        {
            return [.. System.IO.Directory.GetFiles(directory, "*.json").Where(f => !f.EndsWith(".schema.json", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"the drills in {directory} cannot be read: {e.Message} Name their directory with --drills", e);
        }
    }
}
