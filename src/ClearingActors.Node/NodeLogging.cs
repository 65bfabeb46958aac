using System.Globalization;
using ClearingActors.Node.Settings;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Events;
using Serilog.Extensions.Logging;

namespace ClearingActors.Node;

/// <summary>Makes the node's log: Serilog to standard error and a file a day, structured.</summary>
public static class NodeLogging
{
    private const string Template = "{Timestamp:yyyy-MM-dd HH:mm:ss.fff zzz} {Level:u3} {SourceContext} {Message:lj}{NewLine}{Exception}";

    /// <summary>The log that the settings ask for. Disposing it writes out what waits.</summary>
    public static ILoggerFactory Create(NodeSettings settings)
    {
        var logging = settings.Logging;
        var level = LevelConvert.ToSerilogLevel(logging.Level);
        var configuration = new LoggerConfiguration()
            .MinimumLevel.Is(level)
            // Kestrel and hosting tell of each connection at lower levels.
            .MinimumLevel.Override("Microsoft", level > LogEventLevel.Warning ? level : LogEventLevel.Warning)
            .Enrich.WithProperty("Node", settings.Name);
        if (logging.Console)
        {
            // Standard output is for what the command itself says.
            configuration = configuration.WriteTo.Console(outputTemplate: Template, formatProvider: CultureInfo.InvariantCulture, standardErrorFromLevel: LogEventLevel.Verbose);
        }

        if (logging.File.Length > 0)
        {
            configuration = configuration.WriteTo.File(
                Path.GetFullPath(logging.File, Path.GetFullPath(settings.DataDirectory)),
                outputTemplate: Template,
                formatProvider: CultureInfo.InvariantCulture,
                rollingInterval: RollingInterval.Day,
                rollOnFileSizeLimit: true,
                retainedFileCountLimit: logging.KeptFiles);
        }

        return new SerilogLoggerFactory(configuration.CreateLogger(), dispose: true);
    }
}
