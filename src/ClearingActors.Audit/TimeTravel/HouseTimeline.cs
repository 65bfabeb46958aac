using ClearingActors.Actors;
using ClearingActors.Contracts.Audit.V1;
using ClearingActors.Engine;
using ClearingActors.Engine.Wire;
using ClearingActors.Journal;

namespace ClearingActors.Audit.TimeTravel;

/// <summary>
/// What a journal spans, from some thousand reads of single rows whatever its length: samples of each shard say about how many turns there were at an instant, and business days
/// are found by halving.
/// </summary>
internal static class HouseTimeline
{
    private const int Samples = 2_048;
    private const int LeastOfShard = 3;
    private const int MostOfShard = 128;
    private const int MostPoints = 200;
    private const int MostDays = 64;
    private const long NanosecondsPerDay = 86_400_000_000_000;

    /// <summary>Reads it.</summary>
    /// <param name="journal">Read only; another process may be writing it.</param>
    /// <exception cref="JournalException">The journal cannot be read.</exception>
    /// <exception cref="InvalidDataException">A turn cannot be read.</exception>
    internal static GetTimelineResponse Read(IJournalStore journal)
    {
        var heads = journal.ReadHeads();
        var response = new GetTimelineResponse { Turns = heads.Sum(h => h.Position) };
        response.Heads.Add(heads.Select(h => new TimelineHead { Shard = h.Shard, Position = h.Position }));
        if (response.Turns == 0)
        {
            return response;
        }

        var most = Math.Clamp(Samples / heads.Count, LeastOfShard, MostOfShard);
        var shards = heads.Where(h => h.Position > 0).Select(h => SampleOf(journal, h.Shard, h.Position, most)).ToList();
        response.FirstRecorded = shards.Min(s => s[0].Time);
        response.LastRecorded = shards.Max(s => s[^1].Time);
        var registry = new AddressBook(heads.Count, ActorKinds.NameOf).Of(ActorKinds.Registry, ActorKinds.House).Shard;
        var end = heads[registry].Position;
        foreach (var position in Spread(end, MostPoints))
        {
            var time = JournalCut.TimeOf(journal, registry, position);
            response.Points.Add(new TimelinePoint { Turn = TurnsAt(shards, time), RecordedTime = time, BusinessTime = BusinessCut.EndOf(journal, registry, position) });
        }

        AddDays(response, journal, registry, end, shards);
        return response;
    }

    private static void AddDays(GetTimelineResponse response, IJournalStore journal, int registry, long end, List<List<(long Position, long Time)>> shards)
    {
        var first = response.Points.Select(p => p.BusinessTime).FirstOrDefault(t => t > 0);
        if (first == 0)
        {
            return;
        }

        var (from, to) = (first / NanosecondsPerDay, response.Points[^1].BusinessTime / NanosecondsPerDay);
        var step = Math.Max(1, ((to - from) / MostDays) + 1);
        var last = 0L;
        for (var day = from + 1; day <= to; day += step)
        {
            // The first turn of the registry whose business time is of the day or later.
            var (low, high) = (1L, end);
            while (low < high)
            {
                var middle = low + ((high - low) / 2);
                (low, high) = BusinessCut.EndOf(journal, registry, middle) >= day * NanosecondsPerDay ? (low, middle) : (middle + 1, high);
            }

            // Days on which nothing happened begin where the next one does.
            if (low == last)
            {
                continue;
            }

            last = low;
            var time = JournalCut.TimeOf(journal, registry, low);
            response.Days.Add(new TimelineDay
            {
                Date = Dates.ToInt(DateOnly.FromDateTime(DateTime.UnixEpoch.AddDays(BusinessCut.EndOf(journal, registry, low) / NanosecondsPerDay))),
                Turn = TurnsAt(shards, time),
                RecordedTime = time,
            });
        }
    }

    private static List<(long Position, long Time)> SampleOf(IJournalStore journal, int shard, long head, int most) =>
        [.. Spread(head, most).Select(position => (position, JournalCut.TimeOf(journal, shard, position)))];

    /// <summary>Positions from 1 to the last, evenly.</summary>
    private static IEnumerable<long> Spread(long last, int most)
    {
        var count = (int)Math.Min(last, most);
        return Enumerable.Range(0, count).Select(i => count == 1 ? last : 1 + (long)((Int128)(last - 1) * i / (count - 1)));
    }

    /// <summary>About how many turns were recorded by an instant: between two samples, in proportion to the time.</summary>
    private static long TurnsAt(List<List<(long Position, long Time)>> shards, long time)
    {
        var turns = 0L;
        foreach (var samples in shards)
        {
            var after = samples.FindIndex(s => s.Time > time);
            if (after == 0)
            {
                continue;
            }

            if (after < 0)
            {
                turns += samples[^1].Position;
                continue;
            }

            var ((from, begin), (to, finish)) = (samples[after - 1], samples[after]);
            turns += from + (long)((Int128)(to - from) * (time - begin) / (finish - begin));
        }

        return turns;
    }
}
