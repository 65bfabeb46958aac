using System.Runtime.CompilerServices;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Novation;

/// <summary>
/// The open reservations of all accounts that share it. They hold a trade's id, which is new; kept account by account, every trade would leave a new object in an old one,
/// spread over the memory of a hundred thousand accounts, and the collector would look at each of those places. Here they are side by side, and their places are used again.
/// </summary>
/// <remarks>One thread at a time. Each account's are a list in order of their numbers, and a dictionary finds one among many.</remarks>
public sealed class ReservationTable
{
    private readonly Dictionary<Key, int> _places = [];
    private Entry[] _entries = [];
    private int _used;
    private int _free = -1;

    /// <summary>Reservations held, of all accounts.</summary>
    public int Count => _places.Count;

    internal bool TryGet(AccountState account, long number, out Reservation reservation)
    {
        var found = _places.TryGetValue(new Key(account, number), out var place);
        reservation = found ? _entries[place].Reservation : default;
        return found;
    }

    /// <summary>Appends to the account's list.</summary>
    internal void Add(AccountState account, ref ReservationList list, in Reservation reservation)
    {
        var place = _free;
        if (place >= 0)
        {
            _free = _entries[place].Next;
        }
        else
        {
            place = _used++;
            if (place == _entries.Length)
            {
                Array.Resize(ref _entries, Math.Max(16, 2 * _entries.Length));
            }
        }

        _places.Add(new Key(account, reservation.Number), place);
        _entries[place] = new Entry { Reservation = reservation, Previous = list.Count == 0 ? -1 : list.Last, Next = -1 };
        if (list.Count == 0)
        {
            list.First = place;
        }
        else
        {
            _entries[list.Last].Next = place;
        }

        list.Last = place;
        list.Count++;
    }

    /// <summary>Takes a reservation out of the account's list; false when it is not there.</summary>
    internal bool Remove(AccountState account, ref ReservationList list, long number, out Reservation reservation)
    {
        if (!_places.Remove(new Key(account, number), out var place))
        {
            reservation = default;
            return false;
        }

        ref var entry = ref _entries[place];
        reservation = entry.Reservation;
        if (entry.Previous < 0)
        {
            list.First = entry.Next;
        }
        else
        {
            _entries[entry.Previous].Next = entry.Next;
        }

        if (entry.Next < 0)
        {
            list.Last = entry.Previous;
        }
        else
        {
            _entries[entry.Next].Previous = entry.Previous;
        }

        list.Count--;
        entry = new Entry { Next = _free };
        _free = place;
        return true;
    }

    /// <summary>The account's reservations, in order of their numbers.</summary>
    internal IEnumerable<Reservation> Of(ReservationList list)
    {
        var place = list.First;
        for (var left = list.Count; left > 0; left--)
        {
            yield return _entries[place].Reservation;
            place = _entries[place].Next;
        }
    }

    private struct Entry
    {
        internal Reservation Reservation;
        internal int Previous;
        internal int Next;
    }

    /// <summary>Two states of one account, as while it is loaded again, have nothing in common: an account is itself, not its id.</summary>
    private readonly struct Key(AccountState account, long number) : IEquatable<Key>
    {
        private readonly AccountState _account = account;
        private readonly long _number = number;

        public bool Equals(Key other) => ReferenceEquals(_account, other._account) && _number == other._number;

        public override bool Equals(object? obj) => obj is Key other && Equals(other);

        public override int GetHashCode() => unchecked((RuntimeHelpers.GetHashCode(_account) * 397) ^ (int)_number);
    }
}

/// <summary>Where an account's reservations are in a <see cref="ReservationTable"/>.</summary>
internal struct ReservationList
{
    internal int First;
    internal int Last;
    internal int Count;
}
