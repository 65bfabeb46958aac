using System.Diagnostics;
using System.Globalization;

namespace ClearingActors.Journal.Tests;

/// <summary>A process that appends until it is killed or refused, and says on its output what was acknowledged.</summary>
internal static class WriterProcess
{
    public const string Argument = "write-until-refused";
    public const int Shards = 8;
    public const int RowSize = 3000;

    /// <summary>Starts one on a journal; optionally with a limit to the size of a file, beyond which its writes fail with an I/O error.</summary>
    public static Process Start(string path, int? fileSizeLimitBytes = null)
    {
        var limit = fileSizeLimitBytes is { } bytes ? $"trap '' XFSZ; ulimit -f {bytes / 512}; " : "";
        var start = new ProcessStartInfo("/bin/sh", ["-c", limit + "exec \"$@\"", "sh", Environment.ProcessPath!]) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(WriterProcess).Assembly.Location);
        }

        start.ArgumentList.Add(Argument);
        start.ArgumentList.Add(path);
        // The runtime maps code twice through a file larger than the limit.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        return Process.Start(start)!;
    }

    public static int Run(string path)
    {
        using var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        using var journal = SqliteJournal.Open(path, new JournalOpenOptions(Shards, 1));
        journal.OnFatal = error => output.WriteLine($"fatal {error.GetType().Name}");
        for (var shard = 0; shard < Shards; shard++)
        {
            journal.TakeOver(shard, "writer");
        }

        output.WriteLine("ready");
        for (var position = 1L; ; position++)
        {
            var rows = Enumerable.Range(0, Shards).Select(shard => TestRows.Row(shard, position, 1, RowSize)).ToList();
            var result = journal.Append(rows);
            if (!result.AllAppended)
            {
                output.WriteLine(string.Join(' ', result.Exceptions.Select(e => e.Status).Distinct()));
                output.WriteLine(string.Join(' ', journal.Append(rows).Exceptions.Select(e => e.Status).Distinct()));
                return 3;
            }

            output.WriteLine(position.ToString(CultureInfo.InvariantCulture));
        }
    }
}
