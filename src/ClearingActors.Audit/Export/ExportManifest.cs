using System.Security.Cryptography;
using System.Text.Json;

namespace ClearingActors.Audit.Export;

/// <summary>A file of an export.</summary>
/// <param name="Name">In the export's folder.</param>
/// <param name="Rows">By table.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Of its bytes, lower-case hexadecimal.</param>
internal sealed record ExportFile(string Name, IReadOnlyDictionary<string, long> Rows, long Bytes, string Sha256);

/// <summary>What a table holds.</summary>
/// <param name="About">What a row is.</param>
/// <param name="Columns">In their order: the name, and text, integer, minor, decimal, time, date or flag.</param>
internal sealed record ExportTableNote(string About, IReadOnlyDictionary<string, string> Columns);

/// <summary>What an export is of, and what belongs to it: <c>manifest.json</c> beside the files.</summary>
/// <param name="Format">1.</param>
/// <param name="Program">The version of the program that wrote it.</param>
/// <param name="JournalId">The journal.</param>
/// <param name="Generation">The journal's.</param>
/// <param name="Cut">By shard the last turn that is in it.</param>
/// <param name="RecordedUpTo">The recorded time of the newest turn, UTC nanoseconds; 0 if there is none.</param>
/// <param name="Tables">By name.</param>
/// <param name="Notes">How to read what could be misread.</param>
/// <param name="Files">All but the manifest.</param>
internal sealed record ExportManifest(
    int Format,
    string Program,
    Guid JournalId,
    int Generation,
    IReadOnlyList<long> Cut,
    long RecordedUpTo,
    IReadOnlyDictionary<string, ExportTableNote> Tables,
    IReadOnlyList<string> Notes,
    IReadOnlyList<ExportFile> Files)
{
    internal const string FileName = "manifest.json";
    internal const int CurrentFormat = 1;

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The recorded time of the newest turn, for people.</summary>
    internal string UpToText => RecordedUpTo == 0 ? "the beginning" : ExportValue.TimeText(RecordedUpTo);

    /// <summary>Writes it into the folder that its files are in.</summary>
    internal void Write(string folder)
    {
        using var file = new FileStream(Path.Combine(folder, FileName), FileMode.CreateNew, FileAccess.Write);
        JsonSerializer.Serialize(file, this, Json);
        file.WriteByte((byte)'\n');
        file.Flush(flushToDisk: true);
    }

    /// <summary>Reads the manifest of a folder.</summary>
    /// <exception cref="InvalidDataException">There is none, or it is none that this program reads.</exception>
    internal static ExportManifest Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            var manifest = JsonSerializer.Deserialize<ExportManifest>(File.ReadAllBytes(path), Json);
            return manifest switch
            {
                null or { Files: null } or { Tables: null } => throw new InvalidDataException($"{path} is no manifest of an export: it names no files"),
                { Format: not CurrentFormat } => throw new InvalidDataException($"{path} has format {manifest.Format}; this program reads format {CurrentFormat}"),
                _ => manifest,
            };
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidDataException($"{path} is not there: {folder} is no export, or not a whole one", e);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is no manifest of an export: {e.Message}", e);
        }
    }

    /// <summary>Compares the files of a folder with the manifest.</summary>
    /// <returns>What is wrong, a line each; empty if nothing is.</returns>
    internal IReadOnlyList<string> Check(string folder)
    {
        List<string> wrong = [];
        foreach (var file in Files)
        {
            if (file.Name != Path.GetFileName(file.Name))
            {
                wrong.Add($"{file.Name}: a manifest names files of its own folder only");
                continue;
            }

            var path = Path.Combine(folder, file.Name);
            if (!File.Exists(path))
            {
                wrong.Add($"{file.Name}: is not there");
            }
            else if (Describe(path) is var (bytes, sha256) && (bytes != file.Bytes || sha256 != file.Sha256))
            {
                wrong.Add($"{file.Name}: has {bytes} bytes with SHA-256 {sha256}, the manifest {file.Bytes} with {file.Sha256}");
            }
        }

        var known = Files.Select(f => f.Name).Append(FileName).ToHashSet(StringComparer.Ordinal);
        wrong.AddRange(Directory.EnumerateFileSystemEntries(folder).Select(p => Path.GetFileName(p)!).Where(name => !known.Contains(name)).Order(StringComparer.Ordinal).Select(name => $"{name}: is not of the export"));
        return wrong;
    }

    /// <summary>The length and hash of a file.</summary>
    internal static (long Bytes, string Sha256) Describe(string path)
    {
        using var file = File.OpenRead(path);
        var hash = Convert.ToHexStringLower(SHA256.HashData(file));
        return (file.Length, hash);
    }
}
