using System.CommandLine;
using System.Globalization;
using ClearingActors.Audit;
using ClearingActors.Audit.TimeTravel;
using ClearingActors.Cli.Audit;
using ClearingActors.Engine;
using ClearingActors.Journal;

namespace ClearingActors.Cli.Commands;

/// <summary><c>clearing audit show</c>: events in words, each with its cause.</summary>
public static class AuditShowCommand
{
    private const int DefaultLimit = 1_000;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var source = new JournalSource();
        var account = new Option<string?>("--account") { Description = "Everything that happened to this account.", HelpName = "ACCOUNT" };
        var trade = new Option<string?>("--trade") { Description = "The whole life of this trade: at its source, its seller and its buyer.", HelpName = "SOURCE/ID" };
        var byDefault = new Option<long?>("--default") { Description = "Everything in the course of this default.", HelpName = "NUMBER" };
        var call = new Option<string?>("--call") { Description = "This margin call: the run, the assessment, and what became of it.", HelpName = "ACCOUNT/NUMBER" };
        var actor = new Option<string?>("--actor") { Description = "Every event of this actor: directory/SHARD, registry/house, source/SOURCE/LANE, account/ID, market/UNDERLYING, settlement/house, margin/house, stress/house or default/house.", HelpName = "KIND/KEY" };
        var from = Moment.Option("--from", "Events after this moment only");
        var to = Moment.Option("--to", "Events up to this moment; the head if not given");
        var limit = new Option<int>("--limit") { Description = "The most events shown.", DefaultValueFactory = _ => DefaultLimit };
        var json = new Option<string?>("--json") { Description = "Writes one JSON object per event and line, with the whole event, to a file; - writes them to standard output instead of the words.", HelpName = "FILE" };
        Option[] subjects = [account, trade, byDefault, call, actor];
        var command = new Command("show", "Shows events in words: when, where, what, because of what, and to whom the chain of causes goes back.")
        {
            source.Journal, source.Store, source.Connection, source.Schema, account, trade, byDefault, call, actor, from, to, limit, json,
        };
        command.SetAction((parsed, cancellation) => Task.Run(
            () =>
            {
                if (subjects.Count(o => parsed.GetResult(o) is not null) != 1)
                {
                    throw new CommandException("show what? Give one of --account, --trade, --default, --call and --actor");
                }

                if (parsed.GetValue(limit) is < 1 and var few)
                {
                    throw new CommandException($"--limit is {few}: 1 and more are allowed");
                }

                var query = parsed.GetValue(account) is { } id ? EventQuery.OfAccount(id)
                    : parsed.GetValue(trade) is { } key ? OfTrade(key)
                    : parsed.GetValue(byDefault) is { } number ? EventQuery.OfDefault(number)
                    : parsed.GetValue(call) is { } named ? OfCall(named)
                    : OfActor(parsed.GetValue(actor)!);
                return AuditRun.WithJournal(source, parsed, journal =>
                {
                    var cut = Moment.Read(journal, "--to", parsed.GetValue(to) ?? "head");
                    var first = parsed.GetValue(from) is { } text ? Moment.Read(journal, "--from", text) : null;
                    return Show(parsed, journal, cut, first, query, parsed.GetValue(limit), parsed.GetValue(json), parsed.GetValue(account), cancellation);
                });
            },
            cancellation));
        command.AddExamples(
            ("clearing audit show --journal house.db --trade VENUE/T-1234", "what became of a trade, and why"),
            ("clearing audit show --journal house.db --account M01.HOUSE --from 2026-03-12", "an account after the end of that date"),
            ("clearing audit show --journal house.db --call M01.HOUSE/3", "a margin call from its run to its end; see audit explain for how it was computed"),
            ("clearing audit show --journal house.db --default 1", "a default from the trigger to the last cent"),
            ("clearing audit show --journal house.db --actor settlement/house --limit 20", "the first twenty events of the settlement"),
            ("clearing audit show --journal house.db --account M01.HOUSE --json -", "every field of every event, one JSON object per line"));
        return command;
    }

    private static int Show(
        ParseResult parsed, IJournalStore journal, JournalCut cut, JournalCut? from, EventQuery query, int limit, string? json, string? account, CancellationToken cancellation)
    {
        var output = parsed.InvocationConfiguration.Output;
        using var house = new HouseReplay(journal, cut);
        using var file = json is null || AuditRun.ToOutput(json) ? null : OpenFile(json);
        var written = 0;
        var more = ReplayProgress.Run(
            parsed,
            progress =>
            {
                foreach (var shown in EventShow.Events(house, from, query, progress, cancellation))
                {
                    if (written == limit)
                    {
                        return true;
                    }

                    written++;
                    if (!AuditRun.ToOutput(json))
                    {
                        EventLines.Write(shown, output);
                    }

                    if (json is not null)
                    {
                        (file ?? output).WriteLine(EventLines.ToJson(shown));
                    }
                }

                return false;
            },
            bar: false);
        if (written == 0 && account is not null)
        {
            AuditRun.AccountOf(house, "--account", account);
        }

        // Where JSON goes to standard output, nothing else may.
        (AuditRun.ToOutput(json) ? parsed.InvocationConfiguration.Error : output).WriteLine(
            more ? $"{written} events; there are more: raise --limit, or begin at a later moment with --from" : written == 0 ? "no such event" : $"{written} events");
        return ExitCode.Ok;
    }

    private static StreamWriter OpenFile(string path)
    {
        try
        {
            return new StreamWriter(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{path} cannot be written: {e.Message}", e);
        }
    }

    private static EventQuery OfTrade(string key)
    {
        var (source, id) = Split("--trade", key, "SOURCE/ID, such as VENUE/T-1234");
        return EventQuery.OfTrade(source, id);
    }

    private static EventQuery OfCall(string key)
    {
        var (account, number) = Split("--call", key, "ACCOUNT/NUMBER, such as M01.HOUSE/3");
        return long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var call) && call > 0
            ? EventQuery.OfCall(account, call)
            : throw new CommandException($"--call {key}: calls are numbered from 1 in their account; give ACCOUNT/NUMBER, such as M01.HOUSE/3");
    }

    private static EventQuery OfActor(string key)
    {
        var (kind, rest) = Split("--actor", key, "KIND/KEY, such as account/M01.HOUSE");
        return ActorKinds.Parse(kind) is > 0 and var known
            ? EventQuery.OfActor(known, rest)
            : throw new CommandException($"--actor {key}: there is no kind {kind}; kinds are directory, registry, source, account, market, settlement, margin, stress and default");
    }

    private static (string First, string Second) Split(string option, string text, string form)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && slash < text.Length - 1 ? (text[..slash], text[(slash + 1)..]) : throw new CommandException($"{option} {text}: give {form}");
    }
}
