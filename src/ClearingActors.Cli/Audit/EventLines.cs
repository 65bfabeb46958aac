using System.Text.Json;
using System.Text.Json.Nodes;
using ClearingActors.Audit.TimeTravel;
using Google.Protobuf;

namespace ClearingActors.Cli.Audit;

/// <summary>Shown events as lines of text and of JSON.</summary>
internal static class EventLines
{
    private const int TimeWidth = 30;
    private const int TurnWidth = 8;
    private static readonly JsonSerializerOptions OneLine = new(AuditRun.Json) { WriteIndented = false };

    /// <summary>Recorded time, business time, shard:position, actor: words [cause; the principal at the root of the chain of causes].</summary>
    internal static void Write(ShownEvent e, TextWriter output)
    {
        var root = e.Root.Length == 0 || e.Cause == $"command of {e.Root}" ? "" : $"; goes back to {e.Root}";
        output.WriteLine($"{AuditText.Time(e.RecordedTime),-TimeWidth} {AuditText.Time(e.BusinessTime),-20} {$"{e.Shard}:{e.Position}",-TurnWidth} {e.Actor}: {e.Words} [{e.Cause}{root}]");
    }

    /// <summary>The same with every field of the event, one object on one line.</summary>
    internal static string ToJson(ShownEvent e) => JsonSerializer.Serialize(
        new
        {
            RecordedTime = AuditText.TimeOrNull(e.RecordedTime),
            BusinessTime = AuditText.TimeOrNull(e.BusinessTime),
            e.Shard,
            e.Position,
            e.Actor,
            e.Kind,
            e.Words,
            e.Cause,
            e.Root,
            Event = e.Raw is null ? null : JsonNode.Parse(JsonFormatter.Default.Format(e.Raw)),
            UnknownFieldsIn = e.Unknown is null ? null : Convert.ToBase64String(e.Unknown),
        },
        OneLine);
}
