using System.CommandLine;
using System.Globalization;
using ClearingActors.Audit.TimeTravel;
using ClearingActors.Journal;
using ClearingActors.Journal.Proofs;

namespace ClearingActors.Cli.Audit;

/// <summary>A moment in a journal as auditors write it.</summary>
internal static class Moment
{
    /// <summary>The forms, for help texts.</summary>
    internal const string Forms = "TIME (such as 2020-03-12T16:00:00Z, a date for its end, or UTC nanoseconds since 1970), SHARD:POSITION, checkpoint:NUMBER, or head";

    private const string Checkpoint = "checkpoint:";
    private const long NanosecondsPerDay = 86_400_000_000_000;
    private const int MostFractionDigits = 9;

    /// <summary>An option that takes a moment.</summary>
    internal static Option<string?> Option(string name, string what) => new(name) { Description = $"{what}: {Forms}. TIME is when a turn was recorded.", HelpName = "MOMENT" };

    /// <summary>The moment that an option names.</summary>
    /// <param name="journal">Read only.</param>
    /// <param name="option">Its name.</param>
    /// <param name="text">Its value.</param>
    /// <exception cref="CommandException">It is none, or the journal has nothing at or before it.</exception>
    internal static JournalCut Read(IJournalStore journal, string option, string text)
    {
        if (text == "head")
        {
            return JournalCut.AtHeads(journal);
        }

        if (text.StartsWith(Checkpoint, StringComparison.Ordinal))
        {
            return AtCheckpoint(journal, option, text);
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0 && int.TryParse(text.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var shard)
            && long.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var position))
        {
            try
            {
                return JournalCut.AtTurn(journal, shard, position);
            }
            catch (ArgumentOutOfRangeException e)
            {
                throw new CommandException($"{option} {text}: {Refusal.Of(e)}", e);
            }
        }

        return AtTime(journal, option, text);
    }

    /// <summary>An instant as auditors write it, UTC nanoseconds since 1970.</summary>
    /// <exception cref="CommandException">It is none.</exception>
    internal static long Instant(string option, string text)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var ns))
        {
            return ns;
        }

        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
        {
            return Nanoseconds(option, text, date.ToDateTime(TimeOnly.MinValue), NanosecondsPerDay - 1);
        }

        var (whole, fraction) = SplitFraction(text);
        return text.EndsWith('Z') && fraction.Length <= MostFractionDigits && fraction.All(char.IsAsciiDigit)
            && DateTime.TryParseExact(whole, ["yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? Nanoseconds(option, text, time, fraction.Length == 0 ? 0 : long.Parse(fraction.PadRight(MostFractionDigits, '0'), CultureInfo.InvariantCulture))
            : throw new CommandException($"{option} {text} is no moment; give {Forms}");
    }

    private static JournalCut AtCheckpoint(IJournalStore journal, string option, string text)
    {
        var store = (ICheckpointStore)journal;
        var last = store.LastCheckpoint();
        if (!long.TryParse(text.AsSpan(Checkpoint.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 1 || number > last)
        {
            throw new CommandException(last == 0 ? $"{option} {text}: the journal has no checkpoints" : $"{option} {text}: the journal has the checkpoints 1 to {last}");
        }

        try
        {
            return ClearingActors.Journal.Proofs.Checkpoint.Parse(store.ReadCheckpoints(number).First().Text).Checkpoint.Cut;
        }
        catch (FormatException e)
        {
            throw new CommandException($"{option} {text}: the stored checkpoint cannot be read: {e.Message}", e);
        }
    }

    private static JournalCut AtTime(IJournalStore journal, string option, string text)
    {
        var cut = JournalCut.AtTime(journal, Instant(option, text));
        if (cut.Positions.All(p => p == 0))
        {
            var heads = journal.ReadHeads().Where(h => h.Position > 0).ToList();
            throw new CommandException(heads.Count == 0
                ? "the journal is empty"
                : $"{option} {text}: nothing was recorded by then; the first turn was recorded at {AuditText.Time(heads.Min(h => JournalCut.TimeOf(journal, h.Shard, 1)))}. For business time use --business");
        }

        return cut;
    }

    private static (string Whole, string Fraction) SplitFraction(string text)
    {
        var bare = text.EndsWith('Z') ? text[..^1] : text;
        var dot = bare.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? (bare, "") : (bare[..dot], bare[(dot + 1)..]);
    }

    private static long Nanoseconds(string option, string text, DateTime time, long more)
    {
        try
        {
            return checked(((time - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick) + more);
        }
        catch (OverflowException e)
        {
            throw new CommandException($"{option} {text}: 1678 to 2261 are allowed", e);
        }
    }
}
