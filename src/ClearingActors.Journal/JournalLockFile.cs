using System.Diagnostics;
using System.Globalization;

namespace ClearingActors.Journal;

/// <summary>
/// Keeps a second process from writing a journal file. The operating system drops the lock when the process ends, however it ends; the file stays and means nothing by itself.
/// </summary>
/// <remarks>
/// SQLite's <c>locking_mode=exclusive</c> would do as much, but keeps readers out as well. Who holds the lock stands in a file beside it, because a file held with
/// <see cref="FileShare.None"/> cannot be read.
/// </remarks>
internal sealed class JournalLockFile : IDisposable
{
    private readonly FileStream _lock;
    private readonly string _holderPath;

    private JournalLockFile(FileStream held, string holderPath)
    {
        _lock = held;
        _holderPath = holderPath;
    }

    /// <summary>Takes <c>path.lock</c> and writes who holds it into <c>path.lock.holder</c>.</summary>
    /// <exception cref="JournalException">Another process, or another journal of this process, holds it; or the file system does not lock.</exception>
    public static JournalLockFile Take(string path)
    {
        var lockPath = path + ".lock";
        var holderPath = lockPath + ".holder";
        FileStream held;
        try
        {
            held = Open(lockPath);
        }
        catch (IOException error) when (IsHeld(error))
        {
            var holder = File.Exists(holderPath) ? File.ReadAllText(holderPath).Trim() : "a process that left no name";
            throw new JournalException($"The journal {path} is in use by {holder}: it holds {lockPath}. Stop that process, or name another journal. Never delete the lock file: a second writer would get in beside the first.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new JournalException($"The journal {path} cannot be opened, since its lock file cannot be written: {error.Message} The folder must exist, have room and be writable for this user.", error);
        }

        try
        {
            if (!Excludes(lockPath))
            {
                throw new JournalException(
                    $"{lockPath} can be locked twice: the file system does not lock, or DOTNET_SYSTEM_IO_DISABLEFILELOCKING is set. Two processes could write one journal. Put it on a local file system and unset the variable.");
            }

            using var process = Process.GetCurrentProcess();
            File.WriteAllText(
                holderPath,
                string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId} ({process.ProcessName}) on {Environment.MachineName}, started {process.StartTime.ToUniversalTime():yyyy-MM-dd HH:mm:ss} UTC\n"));
            return new JournalLockFile(held, holderPath);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        File.Delete(_holderPath);
        _lock.Dispose();
    }

    /// <summary>How operating systems say that a file is locked: EAGAIN on Linux and on macOS and BSD, a sharing violation on Windows.</summary>
    private static bool IsHeld(IOException error) => error.HResult is 11 or 35 or unchecked((int)0x80070020);

    private static FileStream Open(string lockPath) => new(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    /// <summary>Whether a second open is refused, as it must be: a lock that does not hold is worse than none.</summary>
    private static bool Excludes(string lockPath)
    {
        try
        {
            using var second = Open(lockPath);
            return false;
        }
        catch (IOException error) when (IsHeld(error))
        {
            return true;
        }
    }
}
