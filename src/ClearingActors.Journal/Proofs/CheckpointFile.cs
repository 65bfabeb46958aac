namespace ClearingActors.Journal.Proofs;

/// <summary>
/// The file outside the database that every checkpoint is appended to: one text after the other, each ended by an empty line. Who holds a copy can prove what the journal held.
/// </summary>
public sealed class CheckpointFile : IDisposable
{
    private static readonly byte[] End = "\n"u8.ToArray();

    private readonly FileStream _file;

    /// <summary>The end of the newest whole checkpoint.</summary>
    private long _whole;

    private CheckpointFile(FileStream file, long whole, SignedCheckpoint? last)
    {
        _file = file;
        _whole = whole;
        Last = last;
    }

    /// <summary>The newest whole one in the file; null if there is none.</summary>
    public SignedCheckpoint? Last { get; private set; }

    /// <summary>Opens the file for appending, or makes it. What a crash left of a checkpoint at its end is cut off.</summary>
    /// <exception cref="IOException">It cannot be opened: another process appends to it, or the folder cannot be made.</exception>
    /// <exception cref="FormatException">There is something in it that is no checkpoint.</exception>
    public static CheckpointFile Open(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        // Unbuffered: what a full disk refuses must not stand in memory and come again.
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        try
        {
            SignedCheckpoint? last = null;
            var whole = 0L;
            foreach (var (checkpoint, end) in Read(file, path))
            {
                last = checkpoint;
                whole = end;
            }

            file.SetLength(whole);
            return new CheckpointFile(file, whole, last);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The checkpoints of a file in order. What a crash left at its end, without the empty line, is not shown.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="FormatException">There is something in it that is no checkpoint; the message names the line.</exception>
    public static IEnumerable<SignedCheckpoint> Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        foreach (var (checkpoint, _) in Read(file, path))
        {
            yield return checkpoint;
        }
    }

    /// <summary>Appends the next checkpoint; it is on the disk when this returns.</summary>
    /// <exception cref="IOException">It is not; what was written of it is written over by the next attempt.</exception>
    public void Append(SignedCheckpoint checkpoint)
    {
        _file.SetLength(_whole);
        _file.Position = _whole;
        _file.Write([.. checkpoint.Text.Span, .. End]);
        _file.Flush(flushToDisk: true);
        _whole = _file.Position;
        Last = checkpoint;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static IEnumerable<(SignedCheckpoint Checkpoint, long End)> Read(FileStream file, string path)
    {
        // Lines are read by hand, since the place of each byte counts.
        var text = new List<byte>();
        var line = 1L;
        var begin = 1L;
        var offset = 0L;
        var buffer = new byte[64 * 1024];
        int count;
        while ((count = file.Read(buffer)) > 0)
        {
            for (var i = 0; i < count; i++)
            {
                offset++;
                var isEmptyLine = buffer[i] == '\n' && (text.Count == 0 || text[^1] == '\n');
                if (!isEmptyLine)
                {
                    text.Add(buffer[i]);
                    if (text.Count > Checkpoint.LargestText)
                    {
                        throw new FormatException($"{path}, line {begin}: a checkpoint of more than {Checkpoint.LargestText} bytes");
                    }
                }
                else
                {
                    yield return (Parse(text, path, begin), offset);
                    text.Clear();
                    begin = line + 1;
                }

                line += buffer[i] == '\n' ? 1 : 0;
            }
        }
    }

    private static SignedCheckpoint Parse(List<byte> text, string path, long line)
    {
        try
        {
            return Checkpoint.Parse(text.ToArray());
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new FormatException($"{path}, the checkpoint that begins in line {line}: {e.Message}", e);
        }
    }
}
