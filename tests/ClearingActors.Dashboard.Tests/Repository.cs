namespace ClearingActors.Dashboard.Tests;

/// <summary>Where the sources are.</summary>
internal static class Repository
{
    internal static string Root { get; } = Find();

    internal static string Page { get; } = Path.Combine(Root, "src", "ClearingActors.Dashboard", "page");

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "ClearingActors.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }
}
