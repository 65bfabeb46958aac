using ClearingActors.Grpc;
using ClearingActors.Node.Settings;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClearingActors.Node.Tests;

/// <summary>A node in this process on a free port, its journal in a folder of its own.</summary>
internal sealed class RunningNode : IAsyncDisposable
{
    private readonly List<GrpcChannel> _channels = [];
    private readonly bool _ownsFolder;

    private RunningNode(ClearingNode node, string folder, bool ownsFolder)
    {
        Node = node;
        Folder = folder;
        _ownsFolder = ownsFolder;
    }

    internal ClearingNode Node { get; }

    internal string Folder { get; }

    internal static NodeSettings SettingsIn(string folder) => new()
    {
        DataDirectory = folder,
        Listen = new ListenSettings { Port = 0 },
        Journal = new JournalSettings { Shards = 8 },
        BusinessClock = BusinessClockMode.Manual,
        Principals = House.Principals,
        StopSeconds = 20,
    };

    /// <summary>Starts a node; with the tests' house unless told otherwise.</summary>
    internal static async Task<RunningNode> StartAsync(Func<NodeSettings, NodeSettings>? change = null, string? folder = null, bool define = true, ILoggerFactory? loggers = null)
    {
        var ownsFolder = folder is null;
        folder ??= NewFolder();
        var settings = SettingsIn(folder);
        var node = await ClearingNode.StartAsync(change is null ? settings : change(settings), loggers ?? NullLoggerFactory.Instance);
        var running = new RunningNode(node, folder, ownsFolder);
        if (define)
        {
            await House.DefineAsync(running.As(House.Operator));
        }

        return running;
    }

    /// <summary>A node that was started otherwise; the folder stays.</summary>
    internal static RunningNode Of(ClearingNode node, string folder) => new(node, folder, ownsFolder: false);

    internal static string NewFolder() => Directory.CreateTempSubdirectory("clearing-node-").FullName;

    /// <summary>A connection of somebody's own; null for one without a token.</summary>
    internal GrpcChannel As(string? token)
    {
        var channel = Connect(Node.GrpcAddress, token);
        _channels.Add(channel);
        return channel;
    }

    internal static GrpcChannel Connect(Uri address, string? token)
    {
        var options = new GrpcChannelOptions();
        if (token is not null)
        {
            options.Metadata.Add("authorization", $"Bearer {token}");
        }

        return new GrpcChannel(address, options);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var channel in _channels)
        {
            channel.Dispose();
        }

        await Node.DisposeAsync();
        if (_ownsFolder)
        {
            Directory.Delete(Folder, recursive: true);
        }
    }
}
