using System.Xml.Linq;

namespace ClearingActors.Architecture.Tests;

/// <summary>Holds the arrows of docs/architecture.md: who may know whom.</summary>
public sealed class ProjectArrowTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Domain"] = [],
        ["Risk"] = ["Domain"],
        ["Contracts"] = [],
        ["Journal"] = [],
        ["Grpc"] = [],
        ["Dashboard"] = [],
        ["Actors"] = ["Journal"],
        ["Engine"] = ["Domain", "Risk", "Contracts", "Actors", "Journal"],
        ["Client"] = ["Contracts", "Grpc"],
        ["Audit"] = ["Domain", "Risk", "Contracts", "Actors", "Journal", "Engine"],
        ["Node"] = ["Domain", "Risk", "Contracts", "Actors", "Journal", "Engine", "Audit", "Grpc", "Dashboard"],
        ["Cli"] = ["Domain", "Risk", "Contracts", "Actors", "Journal", "Engine", "Audit", "Grpc", "Client", "Node"],
    };

    public static TheoryData<string> Projects()
    {
        var data = new TheoryData<string>();
        foreach (var directory in Directory.GetDirectories(Path.Combine(Root(), "src"), "ClearingActors.*"))
        {
            data.Add(Path.GetFileName(directory)["ClearingActors.".Length..]);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_refers_only_to_those_below_it(string project)
    {
        Allowed.ShouldContainKey(project, "a new project must be given its place in the arrows first");
        var file = Path.Combine(Root(), "src", $"ClearingActors.{project}", $"ClearingActors.{project}.csproj");
        var references = XDocument.Load(file).Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value)["ClearingActors.".Length..]);
        references.Except(Allowed[project]).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Domain")]
    [InlineData("Risk")]
    public void The_pure_projects_read_no_clock_no_randomness_no_disk_and_start_no_thread(string project)
    {
        string[] forbidden = ["DateTime.UtcNow", "DateTime.Now", "DateTimeOffset.UtcNow", "DateTimeOffset.Now", "Stopwatch", "TimeProvider", "new Random", "Random.Shared",
            "Guid.NewGuid", "System.IO", "File.", "Task.", "Thread", "async ", "Environment."];
        var hits = Directory.EnumerateFiles(Path.Combine(Root(), "src", $"ClearingActors.{project}"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal))
            .SelectMany(f => File.ReadLines(f)
                .Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal))
                .SelectMany(line => forbidden.Where(word => line.Contains(word, StringComparison.Ordinal)).Select(word => $"{Path.GetFileName(f)}: {word}: {line.Trim()}")));
        hits.ShouldBeEmpty();
    }

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "ClearingActors.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("ClearingActors.sln was not found above the test's folder");
    }
}
