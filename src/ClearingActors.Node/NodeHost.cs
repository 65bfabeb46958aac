using System.Runtime.InteropServices;
using ClearingActors.Journal;
using ClearingActors.Journal.Proofs;
using ClearingActors.Node.Settings;

namespace ClearingActors.Node;

/// <summary>Runs a node as a process of its own: until a signal, with an exit code that says how it ended.</summary>
public static class NodeHost
{
    /// <summary>Stopped in order.</summary>
    public const int Stopped = 0;

    /// <summary>Stopping took too long and was given up; nothing acknowledged is lost.</summary>
    public const int GivenUp = 1;

    /// <summary>A setting, the journal or the port is not usable; nothing was served.</summary>
    public const int NotStarted = 2;

    /// <summary>What the process held could not be trusted any more. Start it again: the journal tells what is durable.</summary>
    public const int Fatal = 3;

    /// <summary>Runs a node until SIGTERM or SIGINT, then drains it and snapshots.</summary>
    /// <param name="settingsFile">The settings.</param>
    /// <param name="dataDirectory">In place of the settings' data folder; null for that.</param>
    /// <param name="output">Is told where the node listens.</param>
    /// <param name="error">Is told why it did not start, or ended.</param>
    /// <returns><see cref="Stopped"/>, <see cref="GivenUp"/>, <see cref="NotStarted"/> or <see cref="Fatal"/>.</returns>
    public static async Task<int> RunAsync(string settingsFile, string? dataDirectory, TextWriter output, TextWriter error)
    {
        var signalled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        ClearingNode node;
        try
        {
            var settings = NodeSettingsFile.Read(settingsFile);
            node = await ClearingNode.StartAsync(dataDirectory is null ? settings : settings with { DataDirectory = dataDirectory }).ConfigureAwait(false);
        }
        catch (Exception e) when (e is NodeSettingsException or JournalException or CheckpointException or IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync($"error: {e.Message}").ConfigureAwait(false);
            return NotStarted;
        }

        await output.WriteLineAsync($"serving gRPC on {node.GrpcAddress}").ConfigureAwait(false);
        if (node.WebAddress is { } web)
        {
            await output.WriteLineAsync($"serving the operators' page on {web}").ConfigureAwait(false);
        }

        await output.FlushAsync().ConfigureAwait(false);
        await Task.WhenAny(signalled.Task, node.Fatal).ConfigureAwait(false);
        if (node.Fatal.IsCompleted)
        {
            // No draining: nobody may be answered from a state that is not known to be durable.
            await error.WriteLineAsync($"fatal: {(await node.Fatal.ConfigureAwait(false)).Message}").ConfigureAwait(false);
            return Fatal;
        }

        try
        {
            await node.StopAsync().ConfigureAwait(false);
            return Stopped;
        }
        catch (TimeoutException e)
        {
            await error.WriteLineAsync($"error: {e.Message}").ConfigureAwait(false);
            return GivenUp;
        }

        void OnSignal(PosixSignalContext context)
        {
            // The process ends when the node has stopped, not before.
            context.Cancel = true;
            signalled.TrySetResult();
        }
    }
}
