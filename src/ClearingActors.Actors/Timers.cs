using ClearingActors.Actors.Wire;

namespace ClearingActors.Actors;

/// <summary>The durable timers of a shard, in order of due instant, then actor, then name.</summary>
internal sealed class Timers
{
    private readonly SortedSet<Timer> _byDue = new(Timer.Order);
    private readonly Dictionary<(ActorAddress Actor, string Name), long> _due = [];

    internal int Count => _due.Count;

    internal void Set(ActorAddress actor, string name, long due)
    {
        Cancel(actor, name);
        _due[(actor, name)] = due;
        _byDue.Add(new Timer(due, actor, name));
    }

    internal void Cancel(ActorAddress actor, string name)
    {
        if (_due.Remove((actor, name), out var due))
        {
            _byDue.Remove(new Timer(due, actor, name));
        }
    }

    internal bool TryDue(long businessTime, out ActorAddress actor, out string name)
    {
        if (_byDue.Count > 0 && _byDue.Min is { } first && first.Due <= businessTime)
        {
            actor = first.Actor;
            name = first.Name;
            return true;
        }

        actor = null!;
        name = "";
        return false;
    }

    internal void Save(WireWriter writer, int field)
    {
        foreach (var timer in _byDue)
        {
            var start = writer.Begin(field);
            writer.Field(1, timer.Due);
            writer.Field(2, timer.Actor.Kind);
            writer.Field(3, timer.Actor.Key);
            writer.Field(4, timer.Name);
            writer.End(start);
        }
    }

    internal void Load(ReadOnlySpan<byte> body, AddressBook book, int shard)
    {
        long due = 0;
        var kind = 0;
        ReadOnlySpan<byte> key = default;
        var name = "";
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case 1: due = reader.Int64; break;
                case 2: kind = reader.Int32; break;
                case 3: key = reader.Bytes; break;
                case 4: name = reader.String; break;
                default: throw new InvalidDataException($"timer field {reader.Number}");
            }
        }

        Set(book.Of(kind, key, shard), name, due);
    }

    private sealed record Timer(long Due, ActorAddress Actor, string Name)
    {
        public static readonly Comparer<Timer> Order = Comparer<Timer>.Create(static (a, b) =>
        {
            var order = a.Due.CompareTo(b.Due);
            order = order != 0 ? order : a.Actor.Kind.CompareTo(b.Actor.Kind);
            order = order != 0 ? order : string.CompareOrdinal(a.Actor.Key, b.Actor.Key);
            return order != 0 ? order : string.CompareOrdinal(a.Name, b.Name);
        });
    }
}
