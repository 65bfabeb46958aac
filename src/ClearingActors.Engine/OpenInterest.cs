using System.Runtime.InteropServices;
using ClearingActors.Domain.Instruments;
using ClearingActors.Engine.Actors;

namespace ClearingActors.Engine;

/// <summary>Lots held long, and the accounts that hold any, per instrument. Read in pieces while trades come in, so it is of no one instant: for monitors, not for decisions.</summary>
public sealed class OpenInterest
{
    private readonly Dictionary<InstrumentId, (Int128 Lots, long Accounts)> _instruments = [];

    /// <summary>Instruments that somebody holds.</summary>
    public IReadOnlyDictionary<InstrumentId, (Int128 Lots, long Accounts)> Instruments => _instruments;

    internal static OpenInterest Of(ReadOnlySpan<AccountActor> accounts)
    {
        var open = new OpenInterest();
        var counted = new HashSet<InstrumentId>();
        foreach (var account in accounts)
        {
            // A gross omnibus account holds an instrument once for each of its clients, and counts once.
            counted.Clear();
            foreach (var position in account.State.Positions)
            {
                if (position.Quantity != 0)
                {
                    var first = counted.Add(position.Key.Instrument);
                    open.Add(position.Key.Instrument, Math.Max(0, position.Quantity), first ? 1 : 0);
                }
            }
        }

        return open;
    }

    internal void Add(OpenInterest other)
    {
        foreach (var (instrument, (lots, accounts)) in other._instruments)
        {
            Add(instrument, lots, accounts);
        }
    }

    private void Add(InstrumentId instrument, Int128 lots, long accounts)
    {
        ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(_instruments, instrument, out _);
        sum = (sum.Lots + lots, sum.Accounts + accounts);
    }
}
