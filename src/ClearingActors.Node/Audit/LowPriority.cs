using System.Runtime.InteropServices;

namespace ClearingActors.Node.Audit;

/// <summary>Threads for work that must not keep clearing from the machine.</summary>
internal static class LowPriority
{
    /// <summary>On Linux, where threads have a nice value of their own and .NET's priorities do nothing.</summary>
    private const int Nice = 15;

    private const int OfThread = 0;

    /// <summary>Runs something long on a thread of its own that gives way to all others.</summary>
    internal static Task<T> RunAsync<T>(string name, Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            GiveWay();
            try
            {
                done.SetResult(work());
            }
#pragma warning disable CA1031 // It is not lost: who awaits gets it.
            catch (Exception error)
#pragma warning restore CA1031
            {
                done.SetException(error);
            }
        })
        {
            Name = name,
            IsBackground = true,
            Priority = ThreadPriority.BelowNormal,
        };
        thread.Start();
        return done.Task;
    }

    /// <summary>A refusal costs nothing but the priority: the work runs as others do.</summary>
    private static void GiveWay()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = SetPriority(OfThread, 0, Nice);
        }
    }

    [DllImport("libc", EntryPoint = "setpriority")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetPriority(int which, uint who, int priority);
}
