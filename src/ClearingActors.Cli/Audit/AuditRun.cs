using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using ClearingActors.Audit;
using ClearingActors.Audit.TimeTravel;
using ClearingActors.Engine.Actors;
using ClearingActors.Journal;

namespace ClearingActors.Cli.Audit;

/// <summary>What the commands of time travel share: opening a journal, naming what is wrong with it, and writing tables and JSON.</summary>
internal static class AuditRun
{
    /// <summary>Of every JSON that they write. Text is for people: an apostrophe stays one.</summary>
    internal static JsonSerializerOptions Json { get; } = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private const int NearOnes = 5;

    /// <summary>Opens the journal and does the work with it.</summary>
    /// <returns>What the work returns; 1 if the journal is broken or the work was stopped.</returns>
    /// <exception cref="CommandException">There is no such journal, or the command line asks for what it does not have.</exception>
    internal static int WithJournal(JournalSource source, ParseResult parsed, Func<IJournalStore, int> work)
    {
        if (source.Refuse(parsed) is { } refused)
        {
            throw new CommandException(refused);
        }

        if (!source.IsNamed(parsed))
        {
            throw new CommandException("which journal? Name it with --journal FILE, or --store postgres --connection STRING");
        }

        try
        {
            using var journal = source.Open(parsed);
            return work(journal);
        }
        catch (InvalidDataException e)
        {
            // Not the command line is at fault but the journal: what is found of it is a result.
            parsed.InvocationConfiguration.Error.WriteLine($"error: the journal cannot be replayed: {e.Message}");
            return ExitCode.Failed;
        }
        catch (Exception e) when (e is JournalException or ArgumentException)
        {
            throw new CommandException(Refusal.Of(e), e);
        }
        catch (OperationCanceledException)
        {
            parsed.InvocationConfiguration.Error.WriteLine("stopped before the end; nothing is known");
            return ExitCode.Failed;
        }
    }

    /// <summary>True if JSON goes to standard output, and nothing else may.</summary>
    internal static bool ToOutput(string? json) => json == "-";

    /// <summary>Writes JSON to a file, or to standard output for a dash.</summary>
    /// <exception cref="CommandException">The file cannot be written.</exception>
    internal static void WriteJson(string target, object value, TextWriter output)
    {
        var text = JsonSerializer.Serialize(value, Json);
        if (ToOutput(target))
        {
            output.WriteLine(text);
        }
        else
        {
            OutputFile.Write(new FileInfo(target), text);
        }
    }

    /// <summary>A table; nothing if it has no rows. A column whose title begins with &gt; is aligned to the right; one that is empty in all rows is left out.</summary>
    internal static void Table(TextWriter output, string title, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        var all = rows.ToList();
        if (all.Count == 0)
        {
            return;
        }

        int[] shown = [.. Enumerable.Range(0, columns.Count).Where(c => all.Exists(r => r[c].Length > 0))];
        output.WriteLine(title);
        PlainTable.Write(output, shown.Select(c => columns[c]), all.Select(r => shown.Select(c => r[c])));
    }

    /// <summary>The account of an id.</summary>
    /// <exception cref="CommandException">There is none; the message names near ones.</exception>
    internal static AccountActor AccountOf(HouseReplay house, string option, string id) => house.Account(id) is { Exists: true } account
        ? account
        : throw new CommandException($"{option} {id}: there was no such account at that moment; {Near(id, HousePictures.AccountsOf(house).Select(a => a.State.Id.Value))}");

    /// <summary>The ids that are most like one that does not exist.</summary>
    internal static string Near(string id, IEnumerable<string> known)
    {
        var all = known.ToList();
        var near = all.OrderByDescending(k => k.StartsWith(id, StringComparison.OrdinalIgnoreCase)).ThenBy(k => Distance(k, id)).ThenBy(k => k, StringComparer.Ordinal).Take(NearOnes).ToList();
        return near.Count == 0 ? "there are none" : $"near ones are {string.Join(", ", near)}{(all.Count > near.Count ? $", of {all.Count}" : "")}";
    }

    /// <summary>Edits from one text to the other (Levenshtein), whatever the case.</summary>
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var change = diagonal + (char.ToUpperInvariant(left[i - 1]) == char.ToUpperInvariant(right[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(change, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
