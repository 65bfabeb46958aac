using System.Reflection;
using ClearingActors.Contracts.Operations.V1;
using Google.Protobuf.Reflection;

namespace ClearingActors.Architecture.Tests;

/// <summary>The page's TypeScript types follow the .proto files. <c>CLEARING_WRITE_TYPES=1 dotnet test ... --filter PageTypesTests</c> writes them.</summary>
public sealed class PageTypesTests
{
    [Fact]
    public void The_pages_types_are_those_of_the_proto_files()
    {
        var files = typeof(OperationsReflection).Assembly.GetTypes()
            .Where(t => t.Name.EndsWith("Reflection", StringComparison.Ordinal))
            .Select(t => t.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)?.GetValue(null)).OfType<FileDescriptor>();
        var folder = Path.Combine(Root(), "src", "ClearingActors.Dashboard", "page", "src", "api", "gen");
        var expected = PageTypes.Of(files);
        if (Environment.GetEnvironmentVariable("CLEARING_WRITE_TYPES") == "1")
        {
            Directory.CreateDirectory(folder);
            foreach (var (name, text) in expected)
            {
                File.WriteAllText(Path.Combine(folder, name), text);
            }
        }

        Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal).ShouldBe(expected.Keys);
        foreach (var (name, text) in expected)
        {
            File.ReadAllText(Path.Combine(folder, name)).ShouldBe(text, $"{name} is not what the .proto files say: run this test with CLEARING_WRITE_TYPES=1 and build again");
        }
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "ClearingActors.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }
}
