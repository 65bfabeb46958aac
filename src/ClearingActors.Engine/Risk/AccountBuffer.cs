using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;
using ClearingActors.Risk.Margin;

namespace ClearingActors.Engine.Risk;

/// <summary>The 25 % buffer of one account (rulebook 8.4), on each offset set and each scanned group by itself.</summary>
/// <param name="previous">What the account's last run found; null while the buffer is held, which is then 1.25 M whatever was before.</param>
internal sealed class AccountBuffer(IReadOnlyList<BufferedMargin>? previous)
{
    private readonly List<BufferedMargin> _margins = [];

    /// <summary>The margins that were asked for, buffer included, without those of zero.</summary>
    internal IReadOnlyList<BufferedMargin> Margins => _margins;

    /// <summary>The margin with its buffer.</summary>
    /// <param name="client">Whose positions.</param>
    /// <param name="groups">The product groups that are margined together, ordinal.</param>
    /// <param name="margin">M, 0 or more.</param>
    internal double Of(ClientId client, IReadOnlyList<string> groups, double margin)
    {
        var buffered = Procyclicality.Buffer25(margin, previous is null ? default : new MarginBuffer(true, PreviousOf(previous, client, groups)));
        if (buffered > 0)
        {
            _margins.Add(new BufferedMargin(client, groups, buffered));
        }

        return buffered;
    }

    /// <summary>Sets change with what is held and with the model; every earlier one that shares a product group counts, since more keeps more of the buffer.</summary>
    private static double PreviousOf(IReadOnlyList<BufferedMargin> previous, ClientId client, IReadOnlyList<string> groups)
    {
        var sum = 0.0;
        foreach (var before in previous)
        {
            sum += before.Client == client && before.Groups.Any(g => groups.Contains(g)) ? before.Margin : 0.0;
        }

        return sum;
    }
}
