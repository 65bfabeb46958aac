using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Domain.Default;
using ClearingActors.Domain.Parties;
using LayerUse = ClearingActors.Contracts.Defaults.V1.LayerUse;

namespace ClearingActors.Cli.Drills;

/// <summary>What came of a drill.</summary>
/// <param name="Drill">What was played.</param>
/// <param name="Defaults">Each default at the end, in order.</param>
/// <param name="Checks">Of the books and of what was expected.</param>
/// <param name="Failure">The step that did not go through, and why; empty if all did.</param>
/// <param name="MatchedBook">True if the positions of every instrument sum to zero.</param>
/// <param name="CashSum">Cash of all accounts in the drill's currency, the clearing house's own included; minor units.</param>
public sealed record DrillResult(Drill Drill, IReadOnlyList<DefaultEnd> Defaults, IReadOnlyList<DrillCheck> Checks, string Failure, bool MatchedBook, Int128 CashSum)
{
    /// <summary>Of all defaults, minor units.</summary>
    public long Loss => Defaults.Sum(d => d.Default.Allocation?.Loss ?? 0);

    /// <summary>Of all defaults, minor units.</summary>
    public long Unallocated => Defaults.Sum(d => d.Default.Allocation?.Unallocated ?? 0);

    /// <summary>True if everything went through and every check passed.</summary>
    public bool Passed => Failure.Length == 0 && Checks.All(c => c.Passed);

    /// <summary>What all defaults have used of each layer, in the order of the waterfall.</summary>
    public IReadOnlyList<LayerUse> Layers()
    {
        List<LayerUse> sums = [];
        foreach (var layer in Defaults.SelectMany(d => d.Layers()))
        {
            if (sums.FirstOrDefault(s => s.Layer == layer.Layer) is not { } sum)
            {
                sums.Add(layer);
                continue;
            }

            // What a later default finds is what an earlier one has left.
            sum.Available = Math.Max(sum.Available, checked(sum.Used + layer.Available));
            sum.Used = checked(sum.Used + layer.Used);
            foreach (var share in layer.ByMember)
            {
                if (sum.ByMember.FirstOrDefault(m => m.Member == share.Member) is { } known)
                {
                    known.Amount = checked(known.Amount + share.Amount);
                }
                else
                {
                    sum.ByMember.Add(share.Clone());
                }
            }
        }

        return sums;
    }
}

/// <summary>A default with the cash that was in the books right before it was closed.</summary>
/// <param name="Default">At the end.</param>
/// <param name="BeforeClose">Right before it was closed, with what its accounts told; null if it was never closed.</param>
/// <param name="CashBeforeClose">By account: the defaulter's and its account in the fund; minor units.</param>
public sealed record DefaultEnd(Default Default, Default? BeforeClose, IReadOnlyDictionary<AccountId, long> CashBeforeClose)
{
    /// <summary>The layers of the waterfall. What was available of the defaulter's margin is with what its house accounts had left.</summary>
    public IReadOnlyList<LayerUse> Layers()
    {
        List<LayerUse> layers = [.. (Default.Allocation?.Layers ?? []).Select(l => l.Clone())];
        if (layers.FirstOrDefault(l => l.Layer == LayerKind.DefaulterMargin.Id()) is { } margin)
        {
            var houses = (BeforeClose?.Accounts ?? []).Where(a => a.Segregation == (uint)Segregation.House && a.Stage == AccountStage.Settled);
            margin.Available = checked(margin.Used + houses.Sum(a => Math.Max(0, CashBeforeClose.GetValueOrDefault(AccountId.Parse(a.Account)))));
        }

        return layers;
    }
}

/// <summary>Something that must be so.</summary>
/// <param name="Name">What.</param>
/// <param name="Passed">Whether it is.</param>
/// <param name="Detail">The figures.</param>
public sealed record DrillCheck(string Name, bool Passed, string Detail);
