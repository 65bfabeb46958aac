using ClearingActors.Cli.History;

namespace ClearingActors.Cli.Demo;

/// <summary>What the user asked the demo for, and what of it can be used. All checks throw <see cref="CommandException"/> with value, limit and remedy.</summary>
public sealed record DemoOptions
{
    /// <summary>The longest pace: a day a day.</summary>
    public const double MaxPaceSeconds = 86_400;

    /// <summary>Null for the S&amp;P 500.</summary>
    public string? HistoryFile { get; init; }

    public required DateOnly From { get; init; }

    public required DateOnly To { get; init; }

    /// <summary>Seconds a day is spread over; 0 for as fast as may be.</summary>
    public double PaceSeconds { get; init; }

    /// <summary>Ends when done.</summary>
    public bool Exit { get; init; }

    /// <summary>Null for none.</summary>
    public string? JsonFile { get; init; }

    public ulong Seed { get; init; } = 1;

    /// <summary>A member defaults.</summary>
    public bool Default { get; init; }

    /// <summary>Null for a new folder of its own.</summary>
    public string? DataFolder { get; init; }

    /// <summary>The days to clear, at least one, and those of the history before them.</summary>
    public (IReadOnlyList<DailyPrices> Before, IReadOnlyList<DailyPrices> Days) LoadDays()
    {
        if (From > To)
        {
            throw new CommandException($"--from is {From:yyyy-MM-dd}, after --to, which is {To:yyyy-MM-dd}; exchange them");
        }

        try
        {
            var history = PriceHistory.Load(HistoryFile ?? PriceHistory.RestoredFile);
            return ([.. history.Days.TakeWhile(day => day.Date < From)], history.Between(From, To));
        }
        catch (PriceHistoryException e)
        {
            throw new CommandException(e.Message, e);
        }
    }

    /// <summary>The pace.</summary>
    public TimeSpan CheckedPace() => PaceSeconds is >= 0 and <= MaxPaceSeconds
        ? TimeSpan.FromSeconds(PaceSeconds)
        : throw new CommandException($"--pace is {PaceSeconds}; 0 to {MaxPaceSeconds} seconds per day are possible");

    /// <summary>The file for the summary, which can be written when the run is over; null for none.</summary>
    public string? CheckedJsonFile()
    {
        if (JsonFile is null)
        {
            return null;
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(JsonFile));
        return folder is not null && Directory.Exists(folder) && !Directory.Exists(JsonFile)
            ? JsonFile
            : throw new CommandException($"--json is {JsonFile}, which is no file in a folder that exists; create the folder or name another file");
    }

    /// <summary>Makes the folder for the journal; it is empty.</summary>
    public string OpenDataFolder()
    {
        if (DataFolder is null)
        {
            return Directory.CreateTempSubdirectory("clearing-demo-").FullName;
        }

        if (File.Exists(DataFolder) || (Directory.Exists(DataFolder) && Directory.EnumerateFileSystemEntries(DataFolder).Any()))
        {
            throw new CommandException($"--data is {DataFolder}, which is not empty; the demo begins a journal of its own, name a new or empty folder");
        }

        try
        {
            return Directory.CreateDirectory(DataFolder).FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"--data is {DataFolder}, which cannot be made: {e.Message}", e);
        }
    }
}
