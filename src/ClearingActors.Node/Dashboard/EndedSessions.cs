using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;

namespace ClearingActors.Node.Dashboard;

/// <summary>
/// The sessions that people signed out of and that have not run out by themselves, in a file beside the keys of their cookies: a copy of such a cookie is of no use, also when the node
/// is started again. Where the file cannot be trusted or written, more sessions end than need to, never fewer: without a file whoever signed in before a start signs in again. Thread-safe.
/// </summary>
/// <remarks>
/// The file is text: a title with the format's number, <c>before T</c> (every session that began before T has ended), a line <c>id since until</c> for each other, and the SHA-256 of all
/// that. It is written whole at each end of a session, beside, and moved into place when it is on disk.
/// </remarks>
internal sealed class EndedSessions
{
    internal const string FileName = "ended-sessions";

    /// <summary>Sessions that are listed. For one more, all that began before the oldest of them end too.</summary>
    internal const int Most = 4_096;

    private const string Title = "ended sessions of the operators' page, 1";
    private const string Before = "before ";
    private const string Sum = "sha256 ";

    /// <summary>Twice what <see cref="Most"/> lines have.</summary>
    private const int MostBytes = 512 * 1024;

    private readonly int _most;
    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly Lock _writing = new();
    private readonly Dictionary<string, Session> _ended = new(StringComparer.Ordinal);
    private long _endedBefore;

    private EndedSessions(string folder, TimeProvider time, ILogger logger, int most)
    {
        _most = most;
        _path = Path.Combine(folder, FileName);
        _time = time;
        _logger = logger;
    }

    /// <summary>Reads the list in a folder. If it is missing or damaged, every session of before now has ended, and the log says so.</summary>
    internal static EndedSessions Open(string folder, TimeProvider time, ILogger logger, int most = Most)
    {
        var sessions = new EndedSessions(folder, time, logger, most);
        if (sessions.Read() is { } why)
        {
            sessions._ended.Clear();
            sessions._endedBefore = sessions.Now;
            if (Directory.EnumerateFiles(folder, "*.xml").Any())
            {
                logger.LogWarning("The list of ended sessions {Path} {Why}: all sessions of before this start have ended, and people sign in again", sessions._path, why);
            }

            sessions.TrySave();
        }

        return sessions;
    }

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>A new session; it has not ended, whatever the clock did.</summary>
    internal Session Begin(TimeSpan lifetime)
    {
        lock (_lock)
        {
            var now = Now;
            return Session.Begin(Math.Max(now, _endedBefore), now + (long)lifetime.TotalMilliseconds);
        }
    }

    internal bool Has(Session session)
    {
        lock (_lock)
        {
            return session.Since < _endedBefore || _ended.ContainsKey(session.Id);
        }
    }

    /// <summary>Ends a session, in any case while this process lives.</summary>
    /// <returns>False if it may be valid again after a start, because the disk let the list be neither written nor removed.</returns>
    internal bool End(Session session)
    {
        lock (_lock)
        {
            _ended[session.Id] = session;
            DropRunOut();
            while (_ended.Count > _most)
            {
                _endedBefore = _ended.Values.Min(static s => s.Since) + 1;
                DropRunOut();
            }
        }

        return TrySave();
    }

    private void DropRunOut()
    {
        var now = Now;
        foreach (var (id, session) in _ended)
        {
            if (session.Until < now || session.Since < _endedBefore)
            {
                _ended.Remove(id);
            }
        }
    }

    private bool TrySave()
    {
        // Whoever waits here writes what those before it have ended too.
        lock (_writing)
        {
            var fresh = _path + ".new";
            try
            {
                var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None };
                if (!OperatingSystem.IsWindows())
                {
                    options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
                }

                using (var file = new FileStream(fresh, options))
                {
                    file.Write(Content());
                    file.Flush(flushToDisk: true);
                }

                File.Move(fresh, _path, overwrite: true);
                FolderOnDisk.Flush(Path.GetDirectoryName(_path)!);
                return true;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return TryRemove(fresh, e);
            }
        }
    }

    /// <summary>A full disk still lets files be removed, and without the old list no session outlives the next start.</summary>
    private bool TryRemove(string fresh, Exception why)
    {
        try
        {
            File.Delete(fresh);
            File.Delete(_path);
            FolderOnDisk.Flush(Path.GetDirectoryName(_path)!);
            _logger.LogWarning(why, "The list of ended sessions {Path} could not be written and was removed: until somebody signs out with room on the disk, all sessions end with the node's next start", _path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _logger.LogError(e, "The list of ended sessions {Path} could be neither written ({Why}) nor removed: sessions that ended now may be valid again after a start. Let the node write there", _path, why.Message);
            return false;
        }
    }

    private byte[] Content()
    {
        var text = new StringBuilder();
        lock (_lock)
        {
            text.Append(Title).Append('\n').Append(Before).Append(_endedBefore).Append('\n');
            foreach (var session in _ended.Values)
            {
                text.Append(session.Id).Append(' ').Append(session.Since).Append(' ').Append(session.Until).Append('\n');
            }
        }

        return Encoding.ASCII.GetBytes($"{text}{Sum}{SumOf(text.ToString())}\n");
    }

    private static string SumOf(string text) => Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(text)));

    /// <summary>Null, or what is wrong with the file.</summary>
    private string? Read()
    {
        try
        {
            if (!File.Exists(_path))
            {
                return "is missing";
            }

            using var file = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (file.Length > MostBytes)
            {
                return $"has {file.Length} bytes, more than {MostBytes}";
            }

            using var reader = new StreamReader(file, Encoding.ASCII);
            return TryParse(reader.ReadToEnd()) ? null : "is damaged";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"cannot be read ({e.Message})";
        }
    }

    private bool TryParse(string text)
    {
        var end = text.LastIndexOf(Sum, StringComparison.Ordinal);
        if (end < 0 || text[end..] != $"{Sum}{SumOf(text[..end])}\n")
        {
            return false;
        }

        var lines = text[..end].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length is < 2 or > Most + 2 || lines[0] != Title || !lines[1].StartsWith(Before, StringComparison.Ordinal) || !Session.TryParse(lines[1][Before.Length..], out _endedBefore))
        {
            return false;
        }

        foreach (var line in lines.Skip(2))
        {
            if (line.Split(' ') is not [{ Length: > 0 } id, var since, var until] || !Session.TryParse(since, out var began) || !Session.TryParse(until, out var ends))
            {
                return false;
            }

            _ended[id] = new Session(id, began, ends);
        }

        return true;
    }
}
