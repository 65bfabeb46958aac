using System.Security.Cryptography;
using ClearingActors.Engine.Defaults;

namespace ClearingActors.Node.Settings;

/// <summary>
/// The key under which bids stand in the journal until their auction closes: <see cref="BidSealer.KeyLength"/> bytes in a file that its owner alone may read. Made once and never
/// written again: without the key that sealed them, open bids are lost.
/// </summary>
internal static class AuctionKeyFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Reads the key, or makes it if there is no file yet.</summary>
    /// <exception cref="NodeSettingsException">The file has another length, others may read it, or it can be neither read nor made.</exception>
    internal static byte[] ReadOrMake(string path)
    {
        try
        {
            if (!File.Exists(path))
            {
                Make(path);
            }

            return Read(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NodeSettingsException($"the auction key {path} cannot be used: {e.Message}; set auctionKeyFile to a file that the node may read, or to one that it may make", e);
        }
    }

    private static byte[] Read(string path)
    {
        if (!OperatingSystem.IsWindows() && File.GetUnixFileMode(path) is var mode && (mode & ~(OwnerOnly | UnixFileMode.UserExecute)) != 0)
        {
            throw new NodeSettingsException($"the auction key {path} has the mode {Convert.ToString((int)mode, 8)}, so others than its owner may use it; 600 is needed: chmod 600 {path}");
        }

        // One byte more than a key tells a longer file without reading it.
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        var content = new byte[BidSealer.KeyLength + 1];
        var length = file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        return length == BidSealer.KeyLength
            ? content[..length]
            : throw new NodeSettingsException($"the auction key {path} has {file.Length} bytes; {BidSealer.KeyLength} are needed. Restore it from a backup; only if no auction is open may it be removed, and the next start makes another");
    }

    /// <summary>Written beside and moved into place, so that nobody sees half a key; whoever comes second takes the first one's.</summary>
    private static void Make(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var fresh = $"{path}.{Guid.NewGuid():N}.new";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        try
        {
            using (var file = new FileStream(fresh, options))
            {
                file.Write(RandomNumberGenerator.GetBytes(BidSealer.KeyLength));
                file.Flush(flushToDisk: true);
            }

            File.Move(fresh, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another node was first.
        }
        finally
        {
            File.Delete(fresh);
        }
    }
}
