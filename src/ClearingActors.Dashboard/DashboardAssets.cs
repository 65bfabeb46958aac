using System.Reflection;

namespace ClearingActors.Dashboard;

/// <summary>The built page's files.</summary>
public static class DashboardAssets
{
    private const string Folder = "page/";
    private static readonly Assembly Own = typeof(DashboardAssets).Assembly;

    /// <summary>Paths as a browser asks for them, without a leading slash, such as <c>index.html</c>.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Own.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal)).Select(name => name[Folder.Length..]).Order(StringComparer.Ordinal)];

    /// <summary>A file's content.</summary>
    /// <exception cref="FileNotFoundException">There is none of the name.</exception>
    public static byte[] Read(string name)
    {
        using var stream = Own.GetManifestResourceStream(Folder + name) ?? throw new FileNotFoundException($"the page has no file {name}", name);
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
