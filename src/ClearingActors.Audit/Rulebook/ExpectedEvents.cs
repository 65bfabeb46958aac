using ClearingActors.Actors.Wire;
using ClearingActors.Contracts.Journal.V1;

namespace ClearingActors.Audit.Rulebook;

/// <summary>What a decision, made again while the turn is replayed, says that the turn must hold: of each account the events, in order, byte by byte.</summary>
internal sealed class ExpectedEvents(StepAt at)
{
    private readonly Dictionary<string, Queue<(int Type, byte[] Body, string Rule)>> _expected = new(StringComparer.Ordinal);

    internal void Expect(string account, int type, byte[] body, string rule)
    {
        if (!_expected.TryGetValue(account, out var events))
        {
            _expected.Add(account, events = new Queue<(int, byte[], string)>());
        }

        events.Enqueue((type, body, rule));
    }

    /// <summary>The turn has an event of a type that only such a decision brings.</summary>
    internal void Seen(int type, ReadOnlySpan<byte> body, string rule)
    {
        if (!_expected.TryGetValue(at.Key, out var events))
        {
            at.Find(rule, $"account {at.Key} has {Text(type, body)}, and by the rules it has none");
            return;
        }

        var expected = events.Peek();
        if (expected.Type != type || !expected.Body.AsSpan().SequenceEqual(body))
        {
            at.Find(rule, $"account {at.Key} has {Text(type, body)}; by the rules it is {Text(expected.Type, expected.Body)}");
        }

        // An event too many must not make all that follow differ.
        if (expected.Type == type)
        {
            events.Dequeue();
            if (events.Count == 0)
            {
                _expected.Remove(at.Key);
            }
        }
    }

    /// <summary>The row ends: nothing of it is missing.</summary>
    internal void End()
    {
        foreach (var (account, events) in _expected)
        {
            foreach (var (type, body, rule) in events)
            {
                at.Find(rule, $"account {account} lacks {Text(type, body)}");
            }
        }

        _expected.Clear();
    }

    private static string Text(int type, ReadOnlySpan<byte> body)
    {
        var writer = new WireWriter();
        var start = writer.Begin(type);
        writer.Raw(body);
        writer.End(start);
        return Event.Parser.ParseFrom(writer.Written).ToString();
    }
}
