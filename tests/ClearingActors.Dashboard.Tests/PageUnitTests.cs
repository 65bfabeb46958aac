using System.Diagnostics;

namespace ClearingActors.Dashboard.Tests;

/// <summary>The page's own unit tests, in TypeScript.</summary>
public sealed class PageUnitTests
{
    [Fact]
    public async Task The_pages_unit_tests_pass()
    {
        using var npm = Process.Start(new ProcessStartInfo("npm", ["test", "--silent"]) { WorkingDirectory = Repository.Page, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = npm.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = npm.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await npm.WaitForExitAsync(TestContext.Current.CancellationToken);

        npm.ExitCode.ShouldBe(0, $"{await output}\n{await error}");
        (await output).ShouldContain("passed");
    }
}
