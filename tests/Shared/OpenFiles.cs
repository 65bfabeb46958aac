using System.Globalization;

namespace ClearingActors.Testing;

/// <summary>What a process holds open, as Linux tells it.</summary>
internal static class OpenFiles
{
    private const string Listening = "0A";

    /// <summary>File descriptors of a process.</summary>
    internal static int Of(int process) => Directory.EnumerateFileSystemEntries($"/proc/{process}/fd").Count();

    /// <summary>Connections that a process holds as the server of a port; the clients' ends are not counted, though they may be in the same process.</summary>
    internal static int ConnectionsTo(int process, int port)
    {
        var sockets = Directory.EnumerateFileSystemEntries($"/proc/{process}/fd").Select(static fd => new FileInfo(fd).LinkTarget).ToHashSet();
        var local = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
        return File.ReadLines($"/proc/{process}/net/tcp").Skip(1)
            .Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Count(columns => columns[1].EndsWith(local, StringComparison.Ordinal) && columns[3] != Listening && sockets.Contains($"socket:[{columns[9]}]"));
    }
}
