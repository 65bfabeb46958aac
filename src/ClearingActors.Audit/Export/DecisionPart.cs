using System.Text;
using System.Text.Json;
using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Engine;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using EventCase = ClearingActors.Contracts.Journal.V1.Event.EventOneofCase;

namespace ClearingActors.Audit.Export;

/// <summary>What people decided, a row for each command that changed something: not the trades and marks that come in by the thousand, but a mark that an operator confirmed or dropped.</summary>
internal sealed class DecisionPart(RowWriter rows) : ExportPart
{
    /// <summary>Longer details are named by their hash: a price history would fill a table by itself, and stands in the turn.</summary>
    private const int MaxDetail = 16 * 1024;

    /// <summary>Of principals that are no person, such as the clock.</summary>
    private const string Node = "node:";

    private static readonly JsonFormatter Json = new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));
    private static readonly HashSet<string> Reasons = new(["reason", "why"], StringComparer.Ordinal);
    private static readonly HashSet<string> Proposers = new(["proposed_by"], StringComparer.Ordinal);

    internal override void Step(ExportTurn turn, Step step)
    {
        if (step.Principal.Length == 0 || step.Principal.StartsWith(Node, StringComparison.Ordinal) || (int)step.ActorKind == ActorKinds.TradeSource)
        {
            return;
        }

        // The registry's changes name what is done in every shard.
        List<Event> events = [.. step.Events.SelectMany(e => e.ChangeStarted is { } change ? (IEnumerable<Event>)[.. change.Events, .. change.Afterwards] : [e]).Where(IsDecided)];
        if (events.Count > 0 || step.Released)
        {
            var what = step.Released ? ["quarantine_released"] : events.Select(e => Words.OfName(e.EventCase.ToString())).Distinct();
            rows.Time(turn.RecordedTime).Time(turn.BusinessTime).Text(step.Principal).Text(First(events, Proposers)).Text(string.Join(", ", what)).Text(ActorKinds.NameOf((int)step.ActorKind)).Text(step.ActorKey)
                .Text(First(events, Reasons)).Text(DetailOf(events)).Text(turn.Name).End();
        }
    }

    private static bool IsDecided(Event e) => e.EventCase switch
    {
        EventCase.MarkAccepted => e.MarkAccepted.ConfirmedBy.Length > 0,
        EventCase.MarkHeld => false,
        _ => true,
    };

    private static string DetailOf(List<Event> events)
    {
        var text = $"[{string.Join(", ", events.Select(e => Json.Format(e)))}]";
        if (text.Length <= MaxDetail)
        {
            return text;
        }

        var bytes = Encoding.UTF8.GetBytes(text);
        return JsonSerializer.Serialize(new { bytes = bytes.Length, sha256 = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)) });
    }

    private static string First(IEnumerable<IMessage> messages, HashSet<string> names) => messages.Select(m => TextOf(m, names)).FirstOrDefault(t => t.Length > 0) ?? "";

    /// <summary>The first text under one of the names, in the message or in those that it holds once.</summary>
    private static string TextOf(IMessage message, HashSet<string> names)
    {
        foreach (var field in message.Descriptor.Fields.InFieldNumberOrder())
        {
            if (field.IsRepeated || field.IsMap)
            {
                continue;
            }

            var text = field.FieldType switch
            {
                FieldType.String when names.Contains(field.Name) => (string)field.Accessor.GetValue(message),
                FieldType.Message when field.Accessor.GetValue(message) is IMessage inner => TextOf(inner, names),
                _ => "",
            };
            if (text.Length > 0)
            {
                return text;
            }
        }

        return "";
    }
}
