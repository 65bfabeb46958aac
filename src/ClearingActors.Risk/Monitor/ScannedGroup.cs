using ClearingActors.Risk.Margin;

namespace ClearingActors.Risk.Monitor;

/// <summary>
/// A scanned product group of one portfolio in the monitor (rulebook 8.3, 8.9): its margin is summed anew from lots and <see cref="ScanLot"/> whenever one of them has changed,
/// so nothing drifts. It agrees with <see cref="SpanScanning"/> to 1e-9 of the gross scenario profit and loss. Not thread-safe. Only new instruments and expiries allocate.
/// </summary>
public sealed class ScannedGroup
{
    private readonly double[] _weights = [.. SpanScanning.Standard.Select(s => s.Weight)];
    private readonly double[] _gains = new double[SpanScanning.Standard.Count];
    private Slot[] _slots = [];
    private long[] _expiries = [];
    private double[] _spreads = [];
    private double _minimum;
    private int _count;
    private bool _isStale = true;

    /// <param name="buffered">True for the 25 % buffer.</param>
    public ScannedGroup(bool buffered) => IsBuffered = buffered;

    /// <summary>True if the group carries the buffer.</summary>
    public bool IsBuffered { get; }

    /// <summary>Before the buffer, 0 or more. As of <see cref="Measure"/>.</summary>
    public double Margin { get; private set; }

    /// <summary>What the 25 % buffer adds. As of <see cref="Measure"/>.</summary>
    public double Buffer => Buffered(Margin) - Margin;

    /// <summary>A place for an instrument, without lots; its number.</summary>
    public int Add()
    {
        if (_count == _slots.Length)
        {
            Array.Resize(ref _slots, Math.Max(4, 2 * _count));
        }

        return _count++;
    }

    /// <summary>Takes all instruments off.</summary>
    public void Clear()
    {
        Array.Clear(_slots);
        (_count, _expiries, _spreads, _isStale) = (0, [], [], true);
    }

    /// <summary>Sets an instrument's lots and what one is.</summary>
    /// <param name="number">Of <see cref="Add"/>.</param>
    /// <param name="lots">Signed.</param>
    /// <param name="lot">Of the newest marks.</param>
    public void Set(int number, double lots, ScanLot lot)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, _count);
        ref var slot = ref _slots[number];
        if (slot.Lot is null || slot.Lot.Expiry != lot.Expiry)
        {
            slot.Expiry = ExpiryOf(lot.Expiry);
        }

        (slot.Lots, slot.Lot, _isStale) = (lots, lot, true);
    }

    /// <summary>Brings the margin up to what was set.</summary>
    public void Measure()
    {
        if (!_isStale)
        {
            return;
        }

        Array.Clear(_gains);
        Array.Clear(_spreads);
        _minimum = 0;
        foreach (ref readonly var slot in _slots.AsSpan(0, _count))
        {
            if (slot.Lot is { } lot && slot.Lots != 0)
            {
                FastTail.Add(_gains, slot.Lots, lot.Gains);
                _spreads[slot.Expiry] += slot.Lots * lot.Spread;
                _minimum += lot.ShortMinimum * Math.Max(0.0, -slot.Lots);
            }
        }

        Margin = Of(default, 0.0);
        _isStale = false;
    }

    /// <summary>
    /// The margin with the buffer if an instrument came to anything between two numbers of lots; nothing changes. The margin must be up to date (<see cref="Measure"/>).
    /// </summary>
    /// <param name="number">Of <see cref="Add"/>, with its lots set.</param>
    /// <param name="low">The fewest lots, signed.</param>
    /// <param name="high">The most lots, signed.</param>
    /// <returns>
    /// The greater of both ends, and what is not exceeded between them. Scan risk and floor are convex in the lots, the spread charge is in pieces that are straight: it bends where
    /// the expiry's delta is zero, and where it makes bought and sold equal. So the margin is greatest at an end or at one of the two bends, which need not be whole lots.
    /// </returns>
    public (double AtEnds, double AtMost) With(int number, double low, double high)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, _count);
        ref readonly var slot = ref _slots[number];
        var ends = Of(slot, low);
        ends = low == high ? ends : Math.Max(ends, Of(slot, high));
        var most = ends;
        if (low != high && slot.Lot is { Spread: not 0.0 and var spread })
        {
            var own = _spreads[slot.Expiry];
            var (bought, sold) = BoughtAndSold(slot.Expiry, 0.0);
            most = Math.Max(most, Math.Max(Between(slot, slot.Lots - (own / spread), low, high), Between(slot, slot.Lots + ((sold - bought - own) / spread), low, high)));
        }

        return (Buffered(ends), Buffered(most));
    }

    private double Between(in Slot slot, double lots, double low, double high) => lots > low && lots < high ? Of(slot, lots) : 0.0;

    /// <summary>The margin before the buffer, one slot at other lots.</summary>
    private double Of(in Slot moved, double lots)
    {
        var change = lots - moved.Lots;
        var risk = 0.0;
        if (moved.Lot is not { } lot)
        {
            for (var i = 0; i < _gains.Length; i++)
            {
                risk = Math.Max(risk, _weights[i] * -_gains[i]);
            }

            return MarginOf(risk, BoughtAndSold(-1, 0.0), _minimum);
        }

        for (var i = 0; i < _gains.Length; i++)
        {
            risk = Math.Max(risk, _weights[i] * -(_gains[i] + (change * lot.Gains[i])));
        }

        var minimum = _minimum + (lot.ShortMinimum * (Math.Max(0.0, -lots) - Math.Max(0.0, -moved.Lots)));
        return MarginOf(risk, BoughtAndSold(moved.Expiry, _spreads[moved.Expiry] + (change * lot.Spread)), minimum);
    }

    private static double MarginOf(double risk, (double Bought, double Sold) spreads, double minimum) => SpanScanning.Margin(risk, Math.Min(spreads.Bought, spreads.Sold), minimum);

    /// <summary>The charges of all expiries net bought and of all net sold, one with another charge.</summary>
    private (double Bought, double Sold) BoughtAndSold(int expiry, double with)
    {
        var (bought, sold) = (0.0, 0.0);
        for (var i = 0; i < _spreads.Length; i++)
        {
            var spread = i == expiry ? with : _spreads[i];
            bought += Math.Max(0.0, spread);
            sold += Math.Max(0.0, -spread);
        }

        return (bought, sold);
    }

    private double Buffered(double margin) => IsBuffered && double.IsFinite(margin) ? Procyclicality.Buffer25(margin, default) : margin;

    private int ExpiryOf(long expiry)
    {
        var found = Array.IndexOf(_expiries, expiry);
        if (found < 0)
        {
            found = _expiries.Length;
            _expiries = [.. _expiries, expiry];
            _spreads = [.. _spreads, 0.0];
        }

        return found;
    }

    private record struct Slot(double Lots, ScanLot? Lot, int Expiry);
}
