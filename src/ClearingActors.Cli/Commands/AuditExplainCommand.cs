using System.CommandLine;
using System.Globalization;
using ClearingActors.Audit.TimeTravel;
using ClearingActors.Cli.Audit;
using ClearingActors.Journal;

namespace ClearingActors.Cli.Commands;

/// <summary><c>clearing audit explain</c>: how a margin call came to its amount, from the scenarios to the rounding.</summary>
public static class AuditExplainCommand
{
    private const string Forms = "ACCOUNT/NUMBER for a margin call, such as M01.HOUSE/3, or ACCOUNT:RUN for what a run found, such as M01.HOUSE:17";

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var source = new JournalSource();
        var what = new Argument<string>("WHAT") { Description = $"{Forms}." };
        var json = new Option<string?>("--json") { Description = "Writes the whole derivation to a file; - writes it to standard output and nothing else.", HelpName = "FILE" };
        var command = new Command("explain", "Derives a margin call again from the journal: scenarios, requirement, collateral, call. Exit code 1 if a sum does not come to what was recorded.")
        {
            what, source.Journal, source.Store, source.Connection, source.Schema, json,
        };
        command.SetAction((parsed, cancellation) => Task.Run(
            () =>
            {
                var text = parsed.GetRequiredValue(what);
                var (account, call, run) = Parse(text);
                return AuditRun.WithJournal(source, parsed, journal => Explain(parsed, journal, text, account, call, run, parsed.GetValue(json), cancellation));
            },
            cancellation));
        command.AddExamples(
            ("clearing audit explain M01.HOUSE/3 --journal house.db", "the third margin call of an account, and what became of it"),
            ("clearing audit explain M01.HOUSE:17 --journal house.db", "what run 17 found of the account, whether it called or not"),
            ("clearing audit explain M01.HOUSE/3 --journal house.db --json -", "every scenario of the tail with the gain of each position"));
        return command;
    }

    private static int Explain(ParseResult parsed, IJournalStore journal, string text, string account, long call, long run, string? json, CancellationToken cancellation)
    {
        var output = parsed.InvocationConfiguration.Output;
        var explained = ReplayProgress.Run(parsed, progress => MarginExplanation.Of(journal, account, call, run, progress, cancellation), !AuditRun.ToOutput(json));
        if (explained.Failure.Length > 0)
        {
            parsed.InvocationConfiguration.Error.WriteLine($"error: {explained.Failure}");
            return ExitCode.Failed;
        }

        if (explained.Derivation is not { } derivation)
        {
            throw new CommandException($"{text}: {WhyNot(explained, account, call, run)}");
        }

        if (!AuditRun.ToOutput(json))
        {
            ExplanationText.Write(derivation, explained.Events, output);
        }

        if (json is not null)
        {
            AuditRun.WriteJson(json, new { Derivation = derivation, Afterwards = explained.Events.SkipWhile(e => e.Kind != "MarginCallIssued").Select(e => new { BusinessTime = AuditText.TimeOrNull(e.BusinessTime), e.Words }) }, output);
        }

        return derivation.Checks.All(c => c.Holds) ? ExitCode.Ok : ExitCode.Failed;
    }

    private static string WhyNot(MarginExplanation explained, string account, long call, long run)
    {
        if (explained.Account is not { Exists: true } known)
        {
            return $"there is no account {account}; {AuditRun.Near(account, explained.Accounts)}";
        }

        var last = known.State.Margin?.LastCall ?? 0;
        return call > 0
            ? last == 0 ? $"account {account} has had no margin call" : $"account {account} has had the margin calls 1 to {last}"
            : $"run {run} did not assess account {account}; the last that did is {known.State.Margin?.Last?.Run ?? 0}";
    }

    private static (string Account, long Call, long Run) Parse(string text)
    {
        var at = text.LastIndexOfAny(['/', ':']);
        return at > 0 && long.TryParse(text.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? text[at] == '/' ? (text[..at], number, 0) : (text[..at], 0, number)
            : throw new CommandException($"{text} is neither a call nor an assessment; give {Forms}");
    }
}
