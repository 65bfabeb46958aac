using System.Diagnostics;
using System.Globalization;

namespace ClearingActors.Journal.Tests;

/// <summary>A file system of a few megabytes, which only root can mount.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    public static SmallDisk MountOrSkip(string folder, int megabytes)
    {
        var path = System.IO.Path.Combine(folder, "small");
        Directory.CreateDirectory(path);
        var error = OperatingSystem.IsLinux() ? Run("mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={megabytes}m"), "tmpfs", path) : "not Linux";
        if (error.Length > 0)
        {
            (Environment.GetEnvironmentVariable("CLEARING_TESTS_REQUIRE") ?? "").Split(',', StringSplitOptions.TrimEntries).ShouldNotContain("mount", error);
            Assert.Skip($"A small file system could not be mounted; run the test as root with the right to mount: {error}");
        }

        return new SmallDisk(path);
    }

    public void Dispose() => Run("umount", "--lazy", Path).ShouldBeEmpty();

    private static string Run(string file, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? "" : error + "exit code " + process.ExitCode.ToString(CultureInfo.InvariantCulture);
    }
}
