using System.CommandLine;
using ClearingActors.Audit;
using ClearingActors.Audit.TimeTravel;
using ClearingActors.Cli.Audit;

namespace ClearingActors.Cli.Commands;

/// <summary><c>clearing audit replay</c>: the house, or one account, as it was at a moment.</summary>
public static class AuditReplayCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var source = new JournalSource();
        var at = Moment.Option("--at", "The moment; the head if neither this nor --business is given");
        var business = new Option<string?>("--business") { Description = "The moment by business time: before it went beyond TIME.", HelpName = "TIME" };
        var account = new Option<string?>("--account") { Description = "This account instead of the house.", HelpName = "ACCOUNT" };
        var json = new Option<string?>("--json") { Description = "Writes everything to a file; - writes it to standard output and nothing else.", HelpName = "FILE" };
        var command = new Command("replay", "Rebuilds the state as it was at a moment, from the first turn on, and shows it.")
        {
            source.Journal, source.Store, source.Connection, source.Schema, at, business, account, json,
        };
        command.SetAction((parsed, cancellation) => Task.Run(
            () => AuditRun.WithJournal(source, parsed, journal =>
            {
                if (parsed.GetValue(at) is not null && parsed.GetValue(business) is not null)
                {
                    throw new CommandException("--at and --business are two moments; give one of them");
                }

                var cut = parsed.GetValue(business) is { } time ? BusinessCut.At(journal, Moment.Instant("--business", time)) : Moment.Read(journal, "--at", parsed.GetValue(at) ?? "head");
                var target = parsed.GetValue(json);
                using var house = new HouseReplay(journal, cut);
                ReplayProgress.Run(
                    parsed,
                    progress =>
                    {
                        house.Run(progress, cancellation);
                        return house;
                    },
                    !AuditRun.ToOutput(target));
                Show(house, parsed.GetValue(account), target, parsed.InvocationConfiguration.Output);
                return ExitCode.Ok;
            }),
            cancellation));
        command.AddExamples(
            ("clearing audit replay --journal house.db", "the house as the journal leaves it"),
            ("clearing audit replay --journal house.db --at 2026-03-12T16:00:00Z", "as it was when the clock said so"),
            ("clearing audit replay --journal house.db --business 2020-03-12T16:00:00Z", "as it was by business time, which a demo or a test does not share with the clock"),
            ("clearing audit replay --journal house.db --at 3:1200 --account M01.HOUSE", "one account right after turn 1200 of shard 3"),
            ("clearing audit replay --journal house.db --at 2026-03-12 --json -", "everything, for a program, as it was at the end of that date"));
        return command;
    }

    private static void Show(HouseReplay house, string? id, string? json, TextWriter output)
    {
        if (id is null)
        {
            var picture = HousePictures.Of(house);
            Write(picture, json, output, HouseTables.Write);
        }
        else
        {
            Write(AccountPictures.Of(house, AuditRun.AccountOf(house, "--account", id)), json, output, AccountTables.Write);
        }
    }

    private static void Write<T>(T picture, string? json, TextWriter output, Action<T, TextWriter> write)
        where T : class
    {
        if (!AuditRun.ToOutput(json))
        {
            write(picture, output);
        }

        if (json is not null)
        {
            AuditRun.WriteJson(json, picture, output);
        }
    }
}
