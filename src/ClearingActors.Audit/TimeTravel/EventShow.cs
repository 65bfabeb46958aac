using ClearingActors.Actors.Wire;
using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Journal;

namespace ClearingActors.Audit.TimeTravel;

/// <summary>An event as it is shown.</summary>
/// <param name="RecordedTime">UTC nanoseconds.</param>
/// <param name="BusinessTime">When its step ran, UTC nanoseconds of business time.</param>
/// <param name="Shard">Where it is.</param>
/// <param name="Position">The turn.</param>
/// <param name="Actor">kind/key.</param>
/// <param name="Kind">The event's type, or what else happened to the actor.</param>
/// <param name="Words">The event in words.</param>
/// <param name="Cause">The message, command or timer that caused it.</param>
/// <param name="Root">The principal at the root of the chain of causes; empty if there is none.</param>
/// <param name="Raw">The event; null where it was none.</param>
/// <param name="Unknown">The event's bytes if it has fields that this program does not know; else null.</param>
internal sealed record ShownEvent(
    long RecordedTime, long BusinessTime, int Shard, long Position, string Actor, string Kind, string Words, string Cause, string Root, Event? Raw, byte[]? Unknown);

/// <summary>Goes through a journal and hands out what a query asks for, in the order of recorded time. What it holds does not grow with the journal.</summary>
internal static class EventShow
{
    /// <summary>The events, one after the other while the house is replayed.</summary>
    /// <param name="house">At its beginning; its cut is where the events end.</param>
    /// <param name="from">Events up to here are passed over; null for none.</param>
    /// <param name="query">Which.</param>
    /// <param name="progress">Is told the share of the turns that is done, now and then; null for nobody.</param>
    /// <param name="cancellation">Ends it between two turns.</param>
    /// <param name="before">Is shown each turn before it is replayed; null for nobody.</param>
    /// <exception cref="InvalidDataException">A turn cannot be replayed.</exception>
    internal static IEnumerable<ShownEvent> Events(
        HouseReplay house,
        JournalCut? from,
        EventQuery query,
        IProgress<double>? progress,
        CancellationToken cancellation,
        Action<JournalRow, IReadOnlyList<StepReading>>? before = null)
    {
        var readings = new TurnReadings(house.Book);
        var words = new EventWords(house);
        ShownEvent? run = null;
        while (house.Turns.TryPeek(out var row))
        {
            if (house.Turns.Replayed % 4096 == 0)
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Report((double)house.Turns.Replayed / house.Turns.Rows);
            }

            var steps = readings.Read(row);
            before?.Invoke(row, steps);

            // Words need what the turn defines.
            house.Turns.Next();
            if ((from is not null && row.Position <= from.Positions[row.Shard]) || !query.MayBeIn(row.Payload.Span))
            {
                continue;
            }

            foreach (var shown in steps.Where(s => query.MayBeOf(s.Actor)).SelectMany(step => OfStep(row, step, query, words)))
            {
                if (query.ShowsRuns && shown.Raw?.MarginRunStarted is not null)
                {
                    run = shown;
                    continue;
                }

                if (run is not null && shown.Raw?.MarginAssessed is { } assessed && assessed.Run == run.Raw!.MarginRunStarted.Run)
                {
                    yield return run;
                    run = null;
                }

                yield return shown;
            }
        }
    }

    private static int TypeOf(ReadOnlySpan<byte> e)
    {
        var reader = new WireReader(e);
        return reader.Next() ? reader.Number : 0;
    }

    private static IEnumerable<ShownEvent> OfStep(JournalRow row, StepReading step, EventQuery query, EventWords words)
    {
        var wanted = step.Events.Exists(e => query.MayBe(TypeOf(row.Payload.Span.Slice(e.Offset, e.Length))));
        List<Event> events = !wanted ? [] : [.. step.Events.Select(e => Event.Parser.ParseFrom(row.Payload.Span.Slice(e.Offset, e.Length)))];
        for (var i = 0; i < events.Count; i++)
        {
            if ((query.ShowsRuns && events[i].EventCase == Event.EventOneofCase.MarginRunStarted) || query.Wants(step.Actor, events, i))
            {
                var bytes = row.Payload.Slice(step.Events[i].Offset, step.Events[i].Length);
                var unknown = Event.Parser.WithDiscardUnknownFields(true).ParseFrom(bytes.Span).CalculateSize() == bytes.Length ? null : bytes.ToArray();
                var text = words.Of(events[i], step.Actor) ?? $"an event of type {events[i].EventCase} that this program has no words for";
                yield return Shown($"{events[i].EventCase}", unknown is null ? text : $"{text}; AND FIELDS THAT THIS PROGRAM DOES NOT KNOW, see the bytes", events[i], unknown);
            }
        }

        if (query.WantsActor(step.Actor))
        {
            if (step.Quarantined.Length > 0)
            {
                yield return Shown("SetAside", $"SET ASIDE because it threw: {step.Quarantined}", null, null);
            }

            if (step.Parked > 0)
            {
                yield return Shown("Parked", "a message waits until the actor is released", null, null);
            }

            if (step.Released)
            {
                yield return Shown("Released", "released: it works again", null, null);
            }
        }

        ShownEvent Shown(string kind, string text, Event? raw, byte[]? unknown) =>
            new(row.RecordedTime, step.BusinessTime, row.Shard, row.Position, AuditNames.Of(step.Actor), kind, text, step.Cause, step.Self.Root, raw, unknown);
    }
}
