using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Domain.Default;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine;

namespace ClearingActors.Cli.Drills;

/// <summary>
/// What must be so at the end of a drill. The loss is computed from what the accounts told, the layers from what is missing in the accounts that bear them; neither is taken from the
/// allocation, which is compared with both.
/// </summary>
internal static class DrillChecks
{
    private static readonly string[] FundLayers = [LayerKind.DefaulterDefaultFund.Id(), LayerKind.DefaultFund.Id(), LayerKind.Assessments.Id()];

    internal static async Task<IReadOnlyList<DrillCheck>> OfAsync(Drill drill, DrillHouse house, IReadOnlyList<DefaultEnd> ends, HouseBooks books, CancellationToken cancellation)
    {
        var log = new DrillLog(drill.Currency, TextWriter.Null);
        var open = ends.Where(e => e.Default.Stage != Stage.Closed).Select(e => $"default {e.Default.Number} is {DrillLog.Words(e.Default.Stage)}").ToList();
        List<DrillCheck> checks =
        [
            new("every default is closed", open.Count == 0 && ends.Count > 0, ends.Count == 0 ? "nobody defaulted" : open.Count == 0 ? $"{ends.Count}" : string.Join("; ", open)),
        ];
        foreach (var end in ends)
        {
            checks.Add(Loss(end, log));
            checks.Add(Margin(end, log));
        }

        checks.Add(await FundAsync(drill, house, ends, log));
        checks.Add(await CapitalAsync(drill, house, ends, log));
        checks.Add(await NothingLeftAsync(drill, house, ends, log));
        var crooked = books.Positions.Where(p => p.Value.Sum != 0).Select(p => $"{p.Key} {p.Value.Sum}").ToList();
        checks.Add(new("the book is matched", crooked.Count == 0 && books is { OpenReservations: 0, Unbooked: 0 }, crooked.Count == 0 ? $"{books.Positions.Count} instruments, {books.Accounts} accounts" : string.Join("; ", crooked)));
        checks.Add(new("cash sums to zero", books.CashConserved, string.Join("; ", books.Cash.Select(c => $"{c.Key.Code} {c.Value}"))));
        checks.Add(new("the journal alone gives the same state", await house.ReplayEqualsLiveAsync(cancellation), $"{books.Accounts} accounts"));
        checks.Add(new("no alarm", house.Alarms.Count == 0, house.Alarms.Count == 0 ? "none" : string.Join("; ", house.Alarms)));
        checks.AddRange(Expectations(drill, ends, log));
        return checks;
    }

    /// <summary>The loss that the accounts told, against the sum of the layers and what the default manager made of it.</summary>
    private static DrillCheck Loss(DefaultEnd end, DrillLog log)
    {
        var told = 0L;
        foreach (var account in (end.BeforeClose?.Accounts ?? []).Where(a => a.Stage == AccountStage.Settled))
        {
            var claims = end.Default.Claims.Where(c => c.Account == account.Account).Sum(c => c.Amount.Minor);
            var result = checked(account.Held.Cash.Sum(c => c.Minor) - claims);
            told = checked(told + Math.Max(0, Math.Max(0, -account.Own.Cash.Sum(c => c.Minor)) - result));
        }

        var (loss, layers) = (end.Default.Allocation?.Loss ?? 0, end.Default.Allocation?.Layers.Sum(l => l.Used) ?? 0);
        return new DrillCheck(
            $"default {end.Default.Number}: the loss is the sum of the layers", end.BeforeClose is not null && told == layers && told == loss,
            $"{log.Amount(told)} told by the accounts, {log.Amount(layers)} in layers, {log.Amount(loss)} allocated");
    }

    /// <summary>What is missing in the defaulter's accounts before the rest goes back.</summary>
    private static DrillCheck Margin(DefaultEnd end, DrillLog log)
    {
        var missing = (end.BeforeClose?.Accounts ?? []).Where(a => a.Stage == AccountStage.Settled)
            .Sum(a => Math.Max(0, Math.Max(0, a.Own.Cash.Sum(c => c.Minor)) - end.CashBeforeClose[AccountId.Parse(a.Account)]));
        var used = UsedOf(end.Default, LayerKind.DefaulterMargin.Id());
        return new DrillCheck($"default {end.Default.Number}: the defaulter's collateral bears its layer", missing == used, $"{log.Amount(missing)} is missing, {log.Amount(used)} is used");
    }

    /// <summary>What is missing in the fund's accounts, member by member.</summary>
    private static async Task<DrillCheck> FundAsync(Drill drill, DrillHouse house, IReadOnlyList<DefaultEnd> ends, DrillLog log)
    {
        List<string> wrong = [];
        var sum = 0L;
        foreach (var member in drill.Members.Where(m => m.Contribution > 0))
        {
            var account = FundAccounts.Of(member.Id);
            var own = ends.FirstOrDefault(e => e.Default.Member == member.Id.Value);
            var cash = own?.CashBeforeClose.GetValueOrDefault(account) ?? await house.CashAsync(account, drill.Currency);
            var missing = checked(member.Contribution - cash);
            var borne = ends.Sum(e => BorneBy(e.Default, member.Id.Value));
            sum = checked(sum + missing);
            if (missing != borne)
            {
                wrong.Add($"{member.Id} is missing {log.Amount(missing)} and bears {log.Amount(borne)}");
            }
        }

        return new DrillCheck("the fund's accounts bear its layers", wrong.Count == 0, wrong.Count == 0 ? $"{log.Amount(sum)} is missing" : string.Join("; ", wrong));
    }

    private static long BorneBy(Default d, string member) => (d.Allocation?.Layers ?? [])
        .Where(l => FundLayers.Contains(l.Layer))
        .Sum(l => l.Layer == LayerKind.DefaulterDefaultFund.Id() ? d.Member == member ? l.Used : 0 : l.ByMember.Where(m => m.Member == member).Sum(m => m.Amount));

    private static async Task<DrillCheck> CapitalAsync(Drill drill, DrillHouse house, IReadOnlyList<DefaultEnd> ends, DrillLog log)
    {
        List<string> wrong = [];
        var sum = 0L;
        foreach (var (layer, account) in new[]
        {
            (LayerKind.CcpJuniorCapital.Id(), CcpAccounts.JuniorCapital), (LayerKind.CcpSeniorCapital.Id(), CcpAccounts.SeniorCapital), (LayerKind.CcpRemainingEquity.Id(), CcpAccounts.RemainingEquity),
        })
        {
            var given = -await house.CashAsync(account, drill.Currency);
            var used = ends.Sum(e => UsedOf(e.Default, layer));
            sum = checked(sum + given);
            if (given != used)
            {
                wrong.Add($"{account} has given {log.Amount(given)} and {layer} uses {log.Amount(used)}");
            }
        }

        return new DrillCheck("the clearing house's capital bears its layers", wrong.Count == 0, wrong.Count == 0 ? $"{log.Amount(sum)} is given" : string.Join("; ", wrong));
    }

    /// <summary>No layer leaves anything, and the accounts through which a default passes are empty.</summary>
    private static async Task<DrillCheck> NothingLeftAsync(Drill drill, DrillHouse house, IReadOnlyList<DefaultEnd> ends, DrillLog log)
    {
        List<string> left =
        [
            .. ends.Where(e => e.Default.Allocation?.Unallocated != 0)
                .Select(e => $"default {e.Default.Number} {(e.Default.Allocation is { } a ? $"has {log.Amount(a.Unallocated)} that no layer bears" : "is not allocated")}"),
        ];
        var settled = ends.SelectMany(e => e.Default.Accounts).Where(a => a.Stage == AccountStage.Settled).ToList();
        foreach (var account in new[] { CcpAccounts.Default, CcpAccounts.Settlement }.Concat(settled.SelectMany(a => new[] { AccountId.Parse(a.Account), AccountId.Parse(a.DefaultAccount) })))
        {
            if (await house.CashAsync(account, drill.Currency) is var cash && cash != 0)
            {
                left.Add($"{account} holds {log.Amount(cash)}");
            }
        }

        return new DrillCheck("nothing is unallocated", left.Count == 0, left.Count == 0 ? $"{CcpAccounts.Default} and {2 * settled.Count} accounts of defaults are empty" : string.Join("; ", left));
    }

    private static IEnumerable<DrillCheck> Expectations(Drill drill, IReadOnlyList<DefaultEnd> ends, DrillLog log)
    {
        if (drill.Expect.Count != ends.Count)
        {
            yield return new DrillCheck("as expected: the number of defaults", false, $"{ends.Count}, expected {drill.Expect.Count}");
        }

        foreach (var (expected, end) in drill.Expect.Zip(ends))
        {
            List<string> wrong = [];
            var d = end.Default;
            Compare("the defaulter", d.Member, expected.Member);
            Compare("the loss", log.Amount(d.Allocation?.Loss ?? 0), log.Amount(expected.Loss));
            foreach (var layer in expected.Layers.Keys.Union((d.Allocation?.Layers ?? []).Select(l => l.Layer)))
            {
                Compare(layer, log.Amount(UsedOf(d, layer)), log.Amount(expected.Layers.GetValueOrDefault(layer)));
            }

            foreach (var (layer, members) in expected.ByMember)
            {
                var borne = (d.Allocation?.Layers ?? []).Where(l => l.Layer == layer).SelectMany(l => l.ByMember).ToDictionary(m => m.Member, m => m.Amount, StringComparer.Ordinal);
                foreach (var member in members.Keys.Union(borne.Keys))
                {
                    Compare($"{layer} of {member}", log.Amount(borne.GetValueOrDefault(member)), log.Amount(members.GetValueOrDefault(member)));
                }
            }

            yield return new DrillCheck($"default {d.Number} is as expected", wrong.Count == 0, wrong.Count == 0 ? $"{expected.Layers.Count} layers, loss {log.Amount(expected.Loss)}" : string.Join("; ", wrong));

            void Compare(string what, string actual, string wanted)
            {
                if (actual != wanted)
                {
                    wrong.Add($"{what} is {actual}, expected {wanted}");
                }
            }
        }
    }

    private static long UsedOf(Default d, string layer) => (d.Allocation?.Layers ?? []).Where(l => l.Layer == layer).Sum(l => l.Used);
}
