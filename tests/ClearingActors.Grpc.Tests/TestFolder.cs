namespace ClearingActors.Grpc.Tests;

/// <summary>The folder of this project's sources, where the scripts and protocol files are.</summary>
internal static class TestFolder
{
    internal static string Path { get; } = Find();

    private static string Find()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(System.IO.Path.Combine(directory.FullName, "ClearingActors.Grpc.Tests.csproj")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("The test project's folder was not found above the test's output");
    }
}
