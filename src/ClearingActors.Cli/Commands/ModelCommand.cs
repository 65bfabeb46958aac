using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ClearingActors.Cli.Models;

namespace ClearingActors.Cli.Commands;

/// <summary><c>clearing model</c>: what a model-validation team runs.</summary>
public static class ModelCommand
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>The command.</summary>
    public static Command Create() => new("model", "Checks the engine's models against numbers from elsewhere.") { Check(), ModelBacktestCommand.Create() };

    private static Command Check()
    {
        var files = new Argument<FileInfo[]>("files") { Description = "Vector files; docs/model-validation.md has their format.", Arity = ArgumentArity.OneOrMore };
        var data = new Option<DirectoryInfo?>("--data") { Description = "The directory of the price histories that vectors name. Default: each file's own directory." };
        var json = new Option<FileInfo?>("--json") { Description = "Writes every number and its verdict to this file." };
        var command = new Command("check", "Computes every number of vector files with the engine's own code. Exit code 0: all within tolerance, 1: a miss, 2: a malformed file.")
        {
            files, data, json,
        };
        command.SetAction(parsed =>
        {
            var reports = new List<VectorReport>();
            var output = parsed.InvocationConfiguration.Output;
            foreach (var file in parsed.GetRequiredValue(files))
            {
                try
                {
                    reports.Add(VectorCheck.File(file.ToString(), parsed.GetValue(data)?.FullName));
                }
                catch (VectorFormatException e)
                {
                    throw new CommandException(e.Message, e);
                }

                Print(reports[^1], output);
            }

            Totals(reports, output);
            if (parsed.GetValue(json) is { } target)
            {
                Write(reports, target);
            }

            return reports.Any(r => r.Status == VectorStatus.Missed) ? ExitCode.Failed : ExitCode.Ok;
        });
        command.AddExamples(
            ("clearing model check vectors/*.json --data histories", "every number of every file, with histories from a directory"),
            ("clearing model check tiers.json --json result.json", "one file, with the verdicts as JSON"));
        return command;
    }

    private static void Print(VectorReport report, TextWriter output)
    {
        output.WriteLine($"{report.File} ({report.Kind})");
        PlainTable.Write(output, ["Case", "Quantity", ">Expected", ">Got", ">Difference", "Verdict"], report.Quantities.Select(q => (string[])[q.Case, q.Quantity, q.Expected, q.Got, q.Difference, q.Passed ? "pass" : "MISS"]));
    }

    private static void Totals(List<VectorReport> reports, TextWriter output)
    {
        var quantities = reports.Sum(r => r.Quantities.Count);
        var misses = reports.Sum(r => r.Misses);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{reports.Count} files: {reports.Count(r => r.Status == VectorStatus.Passed)} passed, {reports.Count(r => r.Status == VectorStatus.Missed)} with a miss; {quantities} numbers, {misses} missed"));
    }

    private static void Write(List<VectorReport> reports, FileInfo target)
    {
        var content = new
        {
            Files = reports.Select(r => new
            {
                r.File,
                r.Kind,
                Status = r.Status == VectorStatus.Passed ? "passed" : "missed",
                Numbers = r.Quantities.Count,
                r.Misses,
                Quantities = r.Quantities,
            }),
            Numbers = reports.Sum(r => r.Quantities.Count),
            Misses = reports.Sum(r => r.Misses),
        };
        OutputFile.Write(target, JsonSerializer.Serialize(content, Json));
    }
}
