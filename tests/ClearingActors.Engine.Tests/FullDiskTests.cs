using System.Diagnostics;
using ClearingActors.Actors;
using ClearingActors.Domain.Novation;
using ClearingActors.Engine.Commands;

namespace ClearingActors.Engine.Tests;

/// <summary>A journal on a disk that is really full: a small file system in memory, which only root can make.</summary>
public sealed class FullDiskTests
{
    [Fact]
    public async Task A_full_disk_refuses_clearly_loses_nothing_and_clearing_goes_on_when_there_is_room()
    {
        var folder = Directory.CreateTempSubdirectory("clearing-full-disk-").FullName;
        if (!OperatingSystem.IsLinux() || Run("mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", folder) != 0)
        {
            Directory.Delete(folder);
            Assert.Skip("a small file system needs Linux and root: run the tests as root to include this one");
        }

        try
        {
            await using var house = await TestHouse.StartAsync(folder: folder);
            var open = new List<(TradeReport Report, Task<object> Answer)>();
            var refused = 0;
            for (var i = 0; refused == 0; i++)
            {
                i.ShouldBeLessThan(200_000, "the disk never filled");
                var report = TestHouse.Report($"T{i}", quantity: 1, guaranteed: true);
                var answer = house.PostAsync(report);
                open.Add((report, answer));
                if (i % 200 == 199)
                {
                    await Task.WhenAny(answer, Task.Delay(300));
                    refused = open.Count(t => Answered(t.Answer) is CommandFailure);
                }
            }

            var failure = open.Select(t => Answered(t.Answer)).OfType<CommandFailure>().First();
            failure.Kind.ShouldBe(CommandFailureKind.ResourceExhausted);
            failure.Message.ShouldContain("disk is full");
            house.Engine.Runtime.DiskFull.ShouldBeTrue();
            // Reads wait behind turns that are not durable; what the shards hold in memory can be seen all the while.
            (await house.Engine.Runtime.StatusAsync()).Count.ShouldBe(4);

            Run("mount", "-o", "remount,size=200m", folder).ShouldBe(0);
            var answers = await Task.WhenAll(open.Select(t => t.Answer));
            while (house.Engine.Runtime.DiskFull)
            {
                // The append that found no room is tried again now and then.
                await Task.Delay(10);
            }

            var novated = 0;
            for (var i = 0; i < answers.Length; i++)
            {
                // Who was refused sends the same id again; who was accepted before the disk filled has the answer by now.
                var outcome = answers[i] is TradeReply reply ? reply.Outcome : await house.SubmitAsync(open[i].Report);
                outcome.Kind.ShouldBe(TradeOutcomeKind.Novated);
                novated++;
            }

            await house.Engine.QuiesceAsync();
            (await house.PositionAsync("ALPHA.HOUSE")).ShouldBe(novated);
            (await house.PositionAsync("BETA.HOUSE")).ShouldBe(-novated);
            house.Alarms.ShouldAllBe(a => a.StartsWith("disk full", StringComparison.Ordinal));
            house.Crash();
            house.Open();
            await house.Engine.QuiesceAsync();
            (await house.PositionAsync("ALPHA.HOUSE")).ShouldBe(novated);
        }
        finally
        {
            Run("umount", folder).ShouldBe(0);
            Directory.Delete(folder);
        }
    }

    private static object? Answered(Task<object> answer) => answer.IsCompletedSuccessfully ? answer.Result : null;

    private static int Run(string command, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true }) ?? throw new InvalidOperationException($"{command} did not start");
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
