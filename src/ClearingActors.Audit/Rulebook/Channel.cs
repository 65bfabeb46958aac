using System.Runtime.CompilerServices;

namespace ClearingActors.Audit.Rulebook;

/// <summary>What one shard has sent another and that one has not consumed: a ring, so that nothing grows with the journal.</summary>
internal sealed class Channel
{
    private Flight[] _ring = new Flight[4];
    private int _head;

    /// <summary>The last message sent.</summary>
    internal long Sent { get; private set; }

    /// <summary>The last message consumed.</summary>
    internal long Consumed { get; private set; }

    /// <summary>Messages under way.</summary>
    internal int Count => (int)(Sent - Consumed);

    internal void Add(in Flight flight)
    {
        if (Count == _ring.Length)
        {
            var larger = new Flight[_ring.Length * 2];
            for (var i = 0; i < _ring.Length; i++)
            {
                larger[i] = _ring[(_head + i) & (_ring.Length - 1)];
            }

            (_ring, _head) = (larger, 0);
        }

        _ring[(_head + Count) & (_ring.Length - 1)] = flight;
        Sent++;
    }

    /// <summary>The message under way with this number; a null reference if it is not under way.</summary>
    internal ref Flight Find(long sequence)
    {
        if (sequence <= Consumed || sequence > Sent)
        {
            return ref Unsafe.NullRef<Flight>();
        }

        return ref _ring[(_head + (int)(sequence - Consumed - 1)) & (_ring.Length - 1)];
    }

    /// <summary>Takes the oldest message off.</summary>
    internal Flight Take()
    {
        var flight = _ring[_head];
        _ring[_head] = default;
        _head = (_head + 1) & (_ring.Length - 1);
        Consumed++;
        return flight;
    }
}
