using System.CommandLine;
using ClearingActors.Audit.TimeTravel;
using ClearingActors.Cli.Audit;
using ClearingActors.Journal;

namespace ClearingActors.Cli.Commands;

/// <summary><c>clearing audit diff</c>: what changed between two moments.</summary>
public static class AuditDiffCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var source = new JournalSource();
        var from = Moment.Option("--from", "The first moment");
        var to = Moment.Option("--to", "The second moment; the head if neither this nor --business-to is given");
        var businessFrom = new Option<string?>("--business-from") { Description = "The first moment by business time: before it went beyond TIME.", HelpName = "TIME" };
        var businessTo = new Option<string?>("--business-to") { Description = "The second moment by business time.", HelpName = "TIME" };
        var account = new Option<string?>("--account") { Description = "This account alone.", HelpName = "ACCOUNT" };
        var json = new Option<string?>("--json") { Description = "Writes every change to a file; - writes it to standard output and nothing else.", HelpName = "FILE" };
        var command = new Command("diff", "Shows what changed between two moments, account by account, with the entries behind every balance. Exit code 1 if they do not add up.")
        {
            source.Journal, source.Store, source.Connection, source.Schema, from, to, businessFrom, businessTo, account, json,
        };
        command.SetAction((parsed, cancellation) => Task.Run(
            () => AuditRun.WithJournal(source, parsed, journal =>
            {
                var first = Read(journal, parsed, from, businessFrom) ?? throw new CommandException("from when on? Give --from MOMENT or --business-from TIME");
                var second = Read(journal, parsed, to, businessTo) ?? JournalCut.AtHeads(journal);
                var target = parsed.GetValue(json);
                var only = parsed.GetValue(account);
                var diffs = new HouseDiffs(journal, first, second, only);
                var diff = ReplayProgress.Run(parsed, progress => diffs.Run(progress, cancellation), !AuditRun.ToOutput(target));
                if (only is not null && !diffs.Accounts.Contains(only))
                {
                    throw new CommandException($"--account {only}: there was no such account; {AuditRun.Near(only, diffs.Accounts)}");
                }

                if (!AuditRun.ToOutput(target))
                {
                    DiffTables.Write(diff, parsed.InvocationConfiguration.Output);
                }

                if (target is not null)
                {
                    AuditRun.WriteJson(target, diff, parsed.InvocationConfiguration.Output);
                }

                return diff.Wrong.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
            }),
            cancellation));
        command.AddExamples(
            ("clearing audit diff --journal house.db --from 2026-03-11 --to 2026-03-12", "what a day changed"),
            ("clearing audit diff --journal house.db --business-from 2020-03-16T19:00:00Z --business-to 2020-03-16T20:30:00Z", "the same by business time"),
            ("clearing audit diff --journal house.db --from 3:1199 --to 3:1200 --account M01.HOUSE", "what one turn, and what was recorded with it, changed of an account"));
        return command;
    }

    private static JournalCut? Read(IJournalStore journal, ParseResult parsed, Option<string?> recorded, Option<string?> business) => (parsed.GetValue(recorded), parsed.GetValue(business)) switch
    {
        (not null, not null) => throw new CommandException($"{recorded.Name} and {business.Name} are two moments; give one of them"),
        ({ } moment, _) => Moment.Read(journal, recorded.Name, moment),
        (_, { } time) => BusinessCut.At(journal, Moment.Instant(business.Name, time)),
        _ => null,
    };
}
