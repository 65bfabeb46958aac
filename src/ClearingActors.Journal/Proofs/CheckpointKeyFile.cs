namespace ClearingActors.Journal.Proofs;

/// <summary>
/// The signing key in a file that its owner alone may read, made at the first start. To change keys, <see cref="MakeNext"/> puts the next one beside it; the next checkpoint names
/// it, signed by the old one, and the old one is gone. Beside it, <c>.pub</c> holds the public keys of all that were ever in force, for those who verify.
/// </summary>
public sealed class CheckpointKeyFile : ICheckpointKeys, IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _path;
    private CheckpointKey _key;
    private CheckpointKey? _next;

    private CheckpointKeyFile(string path, CheckpointKey key)
    {
        _path = path;
        _key = key;
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Id => _key.Id;

    /// <summary>The file with the public keys, for those who verify.</summary>
    public static string PublicPathOf(string path) => $"{path}.pub";

    /// <summary>Reads the key, or makes it if there is no file yet.</summary>
    /// <exception cref="CheckpointException">The file holds no key, others may read it, or it can be neither read nor made.</exception>
    public static CheckpointKeyFile ReadOrMake(string path)
    {
        try
        {
            if (!File.Exists(path))
            {
                using var fresh = CheckpointKey.Create();
                WriteNew(path, fresh);
            }

            var key = new CheckpointKeyFile(path, Read(path));
            key.Publish();
            return key;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"The checkpoint key {path} cannot be used: {e.Message} Set checkpoints.keyFile to a file that the node may read, or to one that it may make.", e);
        }
    }

    /// <summary>Makes the key that the node hands over to with its next checkpoint.</summary>
    /// <returns>The id of the next key.</returns>
    /// <exception cref="CheckpointException">There is no key to change, or one waits already.</exception>
    public static ReadOnlyMemory<byte> MakeNext(string path)
    {
        if (!File.Exists(path))
        {
            throw new CheckpointException($"There is no checkpoint key at {path}. Name the node's: checkpoints.keyFile, by default the journal's path with .checkpoint-key.");
        }

        if (File.Exists(NextPathOf(path)))
        {
            throw new CheckpointException($"{NextPathOf(path)} waits already to come into force; it does with the node's next checkpoint.");
        }

        using var next = CheckpointKey.Create();
        WriteNew(NextPathOf(path), next);
        return next.Id;
    }

    /// <inheritdoc/>
    public void Resume(Checkpoint? last)
    {
        if (last is null)
        {
            return;
        }

        var inForce = last.NextKey.Length > 0 ? System.Security.Cryptography.SHA256.HashData(last.NextKey.Span) : last.Key.ToArray();
        if (_key.Id.Span.SequenceEqual(inForce))
        {
            return;
        }

        // The process ended between the checkpoint that named the next key and the change of files.
        if (NextPublicKey().Length > 0 && _next!.Id.Span.SequenceEqual(inForce))
        {
            HandOver();
            return;
        }

        throw new CheckpointException(
            $"The journal's checkpoints are signed by the key {Convert.ToHexStringLower(inForce)}, and {_path} holds {Convert.ToHexStringLower(_key.Id.Span)}. Restore the journal's key from its backup; until it is found, checkpoints.seconds = 0 lets the node run without signing.");
    }

    /// <inheritdoc/>
    public byte[] Sign(ReadOnlySpan<byte> data) => _key.Sign(data);

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> NextPublicKey()
    {
        if (_next is null && File.Exists(NextPathOf(_path)))
        {
            _next = Read(NextPathOf(_path));
        }

        return _next?.PublicKey ?? default;
    }

    /// <inheritdoc/>
    public void HandOver()
    {
        var next = _next ?? throw new InvalidOperationException("there is no next key");
        File.Move(NextPathOf(_path), _path, overwrite: true);
        _key.Dispose();
        _key = next;
        _next = null;
        Publish();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _key.Dispose();
        _next?.Dispose();
    }

    private static string NextPathOf(string path) => $"{path}.next";

    private static CheckpointKey Read(string path)
    {
        if (!OperatingSystem.IsWindows() && File.GetUnixFileMode(path) is var mode && (mode & ~(OwnerOnly | UnixFileMode.UserExecute)) != 0)
        {
            throw new CheckpointException($"The checkpoint key {path} has the mode {Convert.ToString((int)mode, 8)}, so others than its owner may use it; 600 is needed: chmod 600 {path}");
        }

        try
        {
            return CheckpointKey.FromPem(File.ReadAllText(path));
        }
        catch (FormatException e)
        {
            throw new CheckpointException($"The checkpoint key {path} cannot be used: {e.Message} Restore it from a backup.", e);
        }
    }

    /// <summary>Written beside and moved into place, so that nobody sees half a key; whoever comes second takes the first one's.</summary>
    private static void WriteNew(string path, CheckpointKey key)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
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
                file.Write(System.Text.Encoding.ASCII.GetBytes(key.ToPrivatePem() + "\n"));
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

    private void Publish()
    {
        var path = PublicPathOf(_path);
        var pem = _key.ToPublicPem();
        if (!File.Exists(path) || !File.ReadAllText(path).Contains(pem, StringComparison.Ordinal))
        {
            File.AppendAllText(path, pem + "\n");
        }
    }
}
