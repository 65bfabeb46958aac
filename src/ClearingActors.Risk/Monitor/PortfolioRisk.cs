using ClearingActors.Risk.Margin;

namespace ClearingActors.Risk.Monitor;

/// <summary>
/// An account's profit and loss over the scenarios, one contiguous vector per product group and one per offset set of several groups, kept up to date by adding what
/// changes instead of revaluing everything (rulebook 8.9), and its scanned groups. Its requirement agrees with <see cref="ModelMargin"/>, <see cref="SpanScanning"/> and
/// <see cref="Procyclicality.Buffer25"/> to 1e-9 of the gross scenario profit and loss; official figures never come from here. Not thread-safe. Only adding groups allocates.
/// </summary>
public sealed class PortfolioRisk
{
    private Group[] _groups = [];
    private Set[] _sets = [];
    private ScannedGroup[] _scanned = [];

    /// <summary>The sum of the groups' margins, each alone. As of <see cref="Measure"/>, like the others.</summary>
    public double Model { get; private set; }

    /// <summary>What offsets take off: 0 or below.</summary>
    public double Offsets { get; private set; }

    /// <summary>What the 25 % buffer adds.</summary>
    public double Buffer { get; private set; }

    /// <summary>The sum of the three, 0 or more; not finite if a vector is not.</summary>
    public double Requirement => Model + Offsets + Buffer;

    /// <summary>Groups that there are.</summary>
    public int Groups => _groups.Length;

    /// <summary>The scratch that the account's vectors need: two of its longest.</summary>
    public int ScratchLength { get; private set; }

    /// <summary>Adds a group whose gains are zero; its number.</summary>
    /// <param name="portfolio">Groups of different portfolios (clients of a gross account) are never offset.</param>
    /// <param name="set">Groups of one portfolio and an equal set are offset.</param>
    /// <param name="buffered">True for the 25 % buffer, which is then on the whole set.</param>
    /// <param name="scenarios">The vector's length, the same in the whole set.</param>
    /// <exception cref="ArgumentException">Another length than that of the set.</exception>
    public int AddGroup(int portfolio, OffsetSet set, bool buffered, int scenarios)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(scenarios, 1);
        var group = new Group(new double[scenarios], TailRisk.CountOf(scenarios, set.Confidence));
        var found = Array.FindIndex(_sets, s => s.Portfolio == portfolio && s.Terms == set);
        if (found < 0)
        {
            found = _sets.Length;
            Array.Resize(ref _sets, found + 1);
            _sets[found] = new Set(portfolio, set);
        }

        var own = _sets[found];
        if (own.Members.Length > 0 && own.Members[0].Gains.Length != scenarios)
        {
            throw new ArgumentException($"a group of {scenarios} scenarios cannot be offset with one of {own.Members[0].Gains.Length}; give them the same scenarios", nameof(scenarios));
        }

        own.Add(group, buffered);
        group.Set = own;
        Array.Resize(ref _groups, _groups.Length + 1);
        _groups[^1] = group;
        ScratchLength = Math.Max(ScratchLength, 2 * scenarios);
        return _groups.Length - 1;
    }

    /// <summary>Adds a scanned group, which is offset with no other, without lots. <see cref="Measure"/> and <see cref="Clear"/> see to it.</summary>
    /// <param name="buffered">True for the 25 % buffer.</param>
    public ScannedGroup AddScanned(bool buffered)
    {
        var group = new ScannedGroup(buffered);
        _scanned = [.. _scanned, group];
        return group;
    }

    /// <summary>The group's gains, for checks.</summary>
    public ReadOnlySpan<double> GainsOf(int group) => _groups[group].Gains;

    /// <summary>True if the group's set carries the buffer.</summary>
    public bool IsBuffered(int group) => _groups[group].Set.Buffered;

    /// <summary>Sets all gains to zero and takes the instruments off the scanned groups, to be built anew: sums of very many changes drift.</summary>
    public void Clear()
    {
        foreach (var group in _groups)
        {
            Array.Clear(group.Gains);
            group.Tail = 0;
            group.Hint = FastTail.NoHint;
            group.Set.Joint?.AsSpan().Clear();
            group.Set.Hint = FastTail.NoHint;
            group.IsStale = group.Set.IsStale = true;
        }

        foreach (var group in _scanned)
        {
            group.Clear();
        }
    }

    /// <summary>Moves the group by lots x what a lot's gains change by. <see cref="Measure"/> makes figures of it.</summary>
    /// <param name="group">Of <see cref="AddGroup"/>.</param>
    /// <param name="lots">Signed.</param>
    /// <param name="change">Per scenario.</param>
    public void Add(int group, double lots, ReadOnlySpan<double> change)
    {
        var moved = _groups[group];
        FastTail.Add(moved.Gains, lots, change);
        if (moved.Set.Joint is { } joint)
        {
            FastTail.Add(joint, lots, change);
        }

        moved.IsStale = moved.Set.IsStale = true;
    }

    /// <summary>As <see cref="Add"/> and <see cref="Measure"/>, in one pass over the vector: for a mark that moves one instrument.</summary>
    /// <param name="group">Of <see cref="AddGroup"/>.</param>
    /// <param name="lots">Signed.</param>
    /// <param name="change">Per scenario.</param>
    /// <param name="scratch">At least <see cref="ScratchLength"/>.</param>
    public void Move(int group, double lots, ReadOnlySpan<double> change, Span<double> scratch)
    {
        var moved = _groups[group];
        if (moved.IsStale || moved.Set.Joint is not null)
        {
            Add(group, lots, change);
        }
        else
        {
            moved.Tail = FastTail.Move(moved.Gains, lots, change, moved.Count, scratch, ref moved.Hint).Of(moved.Set.Terms.Measure);
            moved.Set.IsStale = true;
        }

        Measure(scratch);
    }

    /// <summary>Brings the figures up to what was added.</summary>
    /// <param name="scratch">At least <see cref="ScratchLength"/>.</param>
    public void Measure(Span<double> scratch)
    {
        double model = 0, offsets = 0, buffer = 0;
        foreach (var group in _groups)
        {
            if (group.IsStale)
            {
                group.Tail = FastTail.Of(group.Gains, group.Count, scratch, ref group.Hint).Of(group.Set.Terms.Measure);
                group.IsStale = false;
            }
        }

        foreach (var set in _sets)
        {
            if (set.IsStale)
            {
                set.JointTail = set.Joint is { } joint ? FastTail.Of(joint, set.Members[0].Count, scratch, ref set.Hint).Of(set.Terms.Measure) : set.Members[0].Tail;
                set.IsStale = false;
            }

            var alone = 0.0;
            foreach (var member in set.Members)
            {
                alone += member.Tail;
            }

            var margin = Offset(alone, set.JointTail);
            model += alone;
            offsets += margin - alone;
            buffer += Buffered(set, margin) - margin;
        }

        foreach (var group in _scanned)
        {
            group.Measure();
            model += group.Margin;
            buffer += group.Buffer;
        }

        (Model, Offsets, Buffer) = (model, offsets, buffer);
    }

    /// <summary>The requirement if the group had so many lots more; nothing changes. Figures must be up to date (<see cref="Measure"/>).</summary>
    /// <param name="group">Of <see cref="AddGroup"/>.</param>
    /// <param name="lots">Signed.</param>
    /// <param name="gains">Of one lot, per scenario.</param>
    /// <param name="scratch">At least <see cref="ScratchLength"/>.</param>
    public double RequirementWith(int group, double lots, ReadOnlySpan<double> gains, Span<double> scratch)
    {
        var moved = _groups[group];
        var own = moved.Set;
        var tail = FastTail.With(moved.Gains, lots, gains, moved.Count, scratch, moved.Hint).Of(own.Terms.Measure);
        var joint = own.Joint is { } vector ? FastTail.With(vector, lots, gains, moved.Count, scratch, own.Hint).Of(own.Terms.Measure) : tail;
        return Total(moved, tail, joint) + ScannedBut(null);
    }

    /// <summary>
    /// The requirement if the group came to anything between two numbers of lots more: the greater one of the ends, and what is exceeded by nothing between them. Expected
    /// shortfall is convex in the lots, so that is the same. Value at risk is not: there no scenario between is worse than at an end by more than the lots from that end lose.
    /// </summary>
    /// <param name="group">Of <see cref="AddGroup"/>.</param>
    /// <param name="low">The fewest lots more, signed.</param>
    /// <param name="high">The most lots more, signed.</param>
    /// <param name="gains">Of one lot, per scenario.</param>
    /// <param name="scratch">At least <see cref="ScratchLength"/>.</param>
    public (double AtEnds, double AtMost) RequirementWith(int group, double low, double high, ReadOnlySpan<double> gains, Span<double> scratch)
    {
        var atLow = RequirementWith(group, low, gains, scratch);
        var atHigh = low == high ? atLow : RequirementWith(group, high, gains, scratch);
        var atEnds = Math.Max(atLow, atHigh);
        var set = _groups[group].Set;
        if (low == high || set.Terms.Measure == RiskMeasure.ExpectedShortfall)
        {
            return (atEnds, atEnds);
        }

        double bought = 0.0, sold = 0.0;
        foreach (var gain in gains)
        {
            bought = Math.Max(bought, -gain);
            sold = Math.Max(sold, gain);
        }

        var between = Math.Min(atLow + Buffered(set, (high - low) * bought), atHigh + Buffered(set, (high - low) * sold));
        return (atEnds, Math.Max(atEnds, between));
    }

    /// <summary>The requirement if an instrument of a scanned group came to anything between two numbers of lots, as <see cref="ScannedGroup.With"/> has it.</summary>
    /// <param name="group">Of <see cref="AddScanned"/>.</param>
    /// <param name="number">Of <see cref="ScannedGroup.Add"/>, with its lots set.</param>
    /// <param name="low">The fewest lots, signed.</param>
    /// <param name="high">The most lots, signed.</param>
    public (double AtEnds, double AtMost) RequirementWith(ScannedGroup group, int number, double low, double high)
    {
        var (atEnds, atMost) = group.With(number, low, high);
        var others = Total(null, 0, 0) + ScannedBut(group);
        return (others + atEnds, others + atMost);
    }

    /// <summary>Of all sets, with the buffer; one group may have another tail, and its set another joint one.</summary>
    private double Total(Group? moved, double tail, double joint)
    {
        var total = 0.0;
        foreach (var set in _sets)
        {
            var alone = 0.0;
            foreach (var member in set.Members)
            {
                alone += ReferenceEquals(member, moved) ? tail : member.Tail;
            }

            total += Buffered(set, Offset(alone, ReferenceEquals(set, moved?.Set) ? joint : set.JointTail));
        }

        return total;
    }

    private double ScannedBut(ScannedGroup? without)
    {
        var total = 0.0;
        foreach (var group in _scanned)
        {
            total += ReferenceEquals(group, without) ? 0.0 : group.Margin + group.Buffer;
        }

        return total;
    }

    /// <summary><see cref="GroupOffset.Margin"/> of tails, which are 0 or more.</summary>
    private static double Offset(double alone, double joint) => alone - (GroupOffset.Allowance * Math.Max(0.0, alone - joint));

    private static double Buffered(Set set, double margin) => set.Buffered && double.IsFinite(margin) ? Procyclicality.Buffer25(margin, default) : margin;

    private sealed class Group(double[] gains, int count)
    {
        internal double[] Gains { get; } = gains;

        internal int Count { get; } = count;

        internal Set Set { get; set; } = null!;

        internal double Tail { get; set; }

        internal bool IsStale { get; set; } = true;

        internal double Hint = FastTail.NoHint;
    }

    private sealed class Set(int portfolio, OffsetSet terms)
    {
        internal double Hint = FastTail.NoHint;

        internal int Portfolio { get; } = portfolio;

        internal OffsetSet Terms { get; } = terms;

        internal Group[] Members { get; private set; } = [];

        internal bool Buffered { get; private set; }

        /// <summary>The members' sum; null while there is one, whose own vector it would be.</summary>
        internal double[]? Joint { get; private set; }

        internal double JointTail { get; set; }

        internal bool IsStale { get; set; } = true;

        internal void Add(Group group, bool buffered)
        {
            if (Members.Length == 1)
            {
                Joint = [.. Members[0].Gains];
            }

            Members = [.. Members, group];
            Buffered |= buffered;
            IsStale = true;
        }
    }
}
