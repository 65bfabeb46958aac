using ClearingActors.Actors;
using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Contracts.Journal.Defaults.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.Default;
using ClearingActors.Domain.Default.Recovery;
using ClearingActors.Domain.Parties;
using AccountGain = ClearingActors.Contracts.Journal.Defaults.V1.AccountGain;
using Action = ClearingActors.Contracts.Defaults.V1.Action;
using HeldLots = ClearingActors.Contracts.Defaults.V1.HeldLots;
using LayerUse = ClearingActors.Contracts.Defaults.V1.LayerUse;

namespace ClearingActors.Engine.Actors;

/// <summary>
/// Recovery by two operators' decision (rulebook 11.5): a haircut of the gains that cycles have paid in this time of defaults, a tear-up of what no auction has sold, and the rest
/// against the clearing house's remaining equity.
/// </summary>
internal sealed partial class DefaultActor
{
    /// <summary>Every shard tells: who holds the opposite of what is unsold, or who has gained.</summary>
    private void StartGather(DefaultSnapshot s, Action action, Turn turn)
    {
        var d = s.Default;
        var gather = new GatherStarted { Number = d.Number, Action = action, Ask = d.Decisions.Count, Currency = d.Currency, Digits = d.Digits };
        if (d.Stage == Stage.ClosingOut)
        {
            gather.Instruments.Add(d.Accounts.Where(a => a.Stage == AccountStage.Unsold).SelectMany(a => a.Held.Positions).Select(p => p.Instrument).Distinct().Order(StringComparer.Ordinal));
        }

        Emit(turn, EventTypes.GatherStarted, gather);
        SendToAllShards(turn, Messages.MessageTypes.Gather, gather);
    }

    private void EndGather(Default d, Turn turn) => Emit(turn, EventTypes.GatherStarted, new GatherStarted { Number = d.Number });

    private void Told(GainsTold told, Turn turn)
    {
        var s = Of(told.Number);
        if (s.Gather is null || told.Ask != s.Gather.Ask || s.Gains.Any(g => g.Shard == told.Shard))
        {
            return;
        }

        Emit(turn, EventTypes.GainsTold, told);
        if (s.Gains.Count == _scope.Book.ShardCount)
        {
            TakeGains(s, turn);
        }
    }

    private void Told(HoldersTold told, Turn turn)
    {
        var s = Of(told.Number);
        if (s.Gather is null || told.Ask != s.Gather.Ask || s.Holders.Any(g => g.Shard == told.Shard))
        {
            return;
        }

        Emit(turn, EventTypes.HoldersTold, told);
        if (s.Holders.Count == _scope.Book.ShardCount)
        {
            TearUp(s, turn);
        }
    }

    /// <summary>
    /// A haircut takes from all who have gained, up to the configured share of it; a tear-up lowers the payments of those whose contracts were torn up, up to what they have
    /// gained. Nothing is taken twice.
    /// </summary>
    private void TakeGains(DefaultSnapshot s, Turn turn)
    {
        var d = s.Default;
        var tearUp = s.Gather.Action == Action.TearUp;
        var torn = d.Legs.Where(l => l is { Purpose: Leg.Types.Purpose.TearUp, Outcome: 1 }).SelectMany(l => new[] { l.Buyer, l.Seller }).ToHashSet(StringComparer.Ordinal);
        var left = new List<(AccountId Account, long Minor)>();
        foreach (var gain in s.Gains.SelectMany(g => g.Gains).Where(g => !tearUp || torn.Contains(g.Account)))
        {
            var cut = _defaults.SelectMany(o => o.Cut).Where(c => c.Account == gain.Account).Sum(c => c.Minor);
            left.Add((AccountId.Parse(gain.Account), Math.Max(0, gain.Minor - cut)));
        }

        var layer = tearUp
            ? Domain.Default.Recovery.TearUp.Layer([.. left.Select(l => new TearUpPayment(l.Account, l.Minor))])
            : GainsHaircut.Layer([.. left.Select(l => new Domain.Default.Recovery.AccountGain(l.Account, l.Minor, l.Minor))], Terms.HaircutBps);
        Take(s, Waterfall.Allocate(d.Allocation.Unallocated, [layer]).Layers[0], (long)Int128.Min(layer.Available, long.MaxValue), false, turn);
    }

    private void WriteOff(DefaultSnapshot s, Turn turn)
    {
        var rest = s.Default.Allocation.Unallocated;
        Take(s, new Domain.Default.LayerUse(LayerKind.CcpRemainingEquity.Id(), rest, []), rest, true, turn);
    }

    private void Take(DefaultSnapshot s, Domain.Default.LayerUse use, long available, bool windDown, Turn turn)
    {
        var d = s.Default;
        var before = d.Allocation.Unallocated;
        var layer = new LayerUse { Layer = use.Layer, Available = available, Used = use.Used };
        layer.ByMember.Add(use.ByMember().Where(m => m.Value > 0).Select(m => new MemberShare { Member = m.Key, Amount = m.Value }));
        layer.ByTier.Add(layer.ByMember.Select(m => new MemberTier { Member = m.Member, Amount = m.Amount }));
        var taken = new RecoveryTaken { Number = d.Number, Layer = layer, Unallocated = before - layer.Used, WindDown = windDown };
        taken.Accounts.Add(layer.ByMember.Select(m => new AccountGain { Account = m.Member, Minor = m.Amount }));
        Emit(turn, EventTypes.RecoveryTaken, taken);
        BookLayer(d, layer, $".{d.Decisions.Count}", turn);
        Fill(d, Uncovered(d) - before, Uncovered(d) - taken.Unallocated, turn);
        Block(turn, d, BlockOf(d));
    }

    /// <summary>Pro rata among all who hold the opposite, by largest remainder, at the last settlement price.</summary>
    private void TearUp(DefaultSnapshot s, Turn turn)
    {
        var d = s.Default;
        var left = s.Holders.SelectMany(h => h.Holders).OrderBy(h => h.Account, Utf8Ordinal.Order).ThenBy(h => h.Client, Utf8Ordinal.Order).ToList();
        foreach (var account in d.Accounts.Where(a => a.Stage == AccountStage.Unsold).ToList())
        {
            var legs = new LegsOrdered { Number = d.Number };
            var waiting = new List<string>();
            foreach (var held in account.Held.Positions)
            {
                if (!TryPrice(held.Instrument, out var price, out var why))
                {
                    waiting.Add(why);
                    continue;
                }

                var opposite = left.Where(h => h.Instrument == held.Instrument && Math.Sign(h.Lots) == -Math.Sign(held.Lots)).ToList();
                var lots = Math.Min(Math.Abs(held.Lots), opposite.Sum(h => Math.Abs(h.Lots)));
                if (lots < Math.Abs(held.Lots))
                {
                    waiting.Add($"{Math.Abs(held.Lots) - lots} lots of {held.Instrument} have no holder of the opposite that is not in default");
                }

                var torn = lots == 0 ? [] : Domain.Default.Recovery.TearUp.Assign(
                    Math.Sign(held.Lots) * lots, [.. opposite.Select(h => new Domain.Default.Recovery.HeldLots(AccountId.Parse(h.Account), ClientOf(h.Client), h.Lots))]);
                foreach (var part in torn)
                {
                    var (seller, buyer) = held.Lots > 0 ? (account.DefaultAccount, part.Account.Value) : (part.Account.Value, account.DefaultAccount);
                    var moved = new HeldLots { Instrument = held.Instrument, Lots = Math.Abs(part.Quantity) };
                    legs.Legs.Add(LegOf(d, legs.Legs, account, Leg.Types.Purpose.TearUp, seller, buyer, moved, price, client: part.Client.Value));
                    opposite.First(h => h.Account == part.Account.Value && h.Client == part.Client.Value).Lots -= part.Quantity;
                }
            }

            Order(d, account, legs, waiting, turn);
        }

        EndGather(d, turn);
    }

    private void Apply(GatherStarted e)
    {
        var s = Of(e.Number);
        s.Gather = e.Action == Action.Unspecified ? null : e;
        s.Gains.Clear();
        s.Holders.Clear();
    }

    private void Apply(RecoveryTaken e)
    {
        var s = Of(e.Number);
        var allocation = s.Default.Allocation;
        if (allocation.Layers.FirstOrDefault(l => l.Layer == e.Layer.Layer) is { } known)
        {
            known.Available += e.Layer.Used;
            known.Used += e.Layer.Used;
            foreach (var share in e.Layer.ByMember)
            {
                if (known.ByMember.FirstOrDefault(m => m.Member == share.Member) is { } member)
                {
                    member.Amount += share.Amount;
                }
                else
                {
                    known.ByMember.Add(share.Clone());
                }
            }

            Replace(known.ByTier, known.ByMember.Select(m => new MemberTier { Member = m.Member, Amount = m.Amount }));
        }
        else
        {
            allocation.Layers.Add(e.Layer.Clone());
        }

        allocation.Unallocated = e.Unallocated;
        RequireWhole(s.Default);
        s.Default.WindDown |= e.WindDown;
        s.Cut.Add(e.Accounts);
        s.Gather = null;
        s.Gains.Clear();
    }
}
