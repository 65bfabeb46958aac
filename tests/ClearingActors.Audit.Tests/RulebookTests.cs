using ClearingActors.Audit.Rulebook;
using ClearingActors.Engine.Simulation;
using ClearingActors.Journal;

namespace ClearingActors.Audit.Tests;

/// <summary>What a house has really done breaks no rule.</summary>
public sealed class RulebookTests
{
    /// <summary>Forty houses, among them such with crashes, takeovers, quarantines, options, collateral, margin calls and defaults.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(11)]
    [InlineData(21)]
    [InlineData(31)]
    public void A_simulated_house_has_no_findings(ulong first)
    {
        List<RulebookReport> reports = [];
        for (var seed = first; seed < first + 10; seed++)
        {
            HouseSimulation.Run(seed, 4 * HouseSimulation.DefaultSteps, journal =>
            {
                var report = RulebookAudit.Run(journal, JournalCut.AtHeads(journal), null, CancellationToken.None);
                report.Findings.Take(5).ShouldBeEmpty($"seed {seed}");
                report.Passed.ShouldBeTrue($"seed {seed}");
                report.Rows.ShouldBe(journal.ReadHeads().Sum(h => h.Position));
                reports.Add(report);
            });
        }

        // Not every house comes to each, so ten together are looked at.
        reports.Sum(r => r.Events).ShouldBeGreaterThan(10_000);
        reports.Sum(r => r.Messages).ShouldBeGreaterThan(10_000);
        reports.Sum(r => r.Trades).ShouldBeGreaterThan(300);
        reports.Sum(r => r.Reversals).ShouldBeGreaterThan(10);
        reports.Sum(r => r.Cycles).ShouldBeGreaterThan(20);
        reports.Sum(r => r.CashEntries).ShouldBeGreaterThan(400);
        reports.Sum(r => r.AssetEntries).ShouldBeGreaterThan(40);
        reports.Sum(r => r.Snapshots).ShouldBeGreaterThan(60);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(11)]
    public void A_house_in_which_members_default_has_no_findings(ulong first)
    {
        List<RulebookReport> reports = [];
        for (var seed = first; seed < first + 10; seed++)
        {
            HouseSimulation.RunWithDefaults(seed, HouseSimulation.DefaultSteps, journal =>
            {
                var report = RulebookAudit.Run(journal, JournalCut.AtHeads(journal), null, CancellationToken.None);
                report.Findings.Take(5).ShouldBeEmpty($"seed {seed}");
                report.Passed.ShouldBeTrue($"seed {seed}");
                reports.Add(report);
            });
        }

        reports.Sum(r => r.Waterfalls).ShouldBeGreaterThan(0);
        reports.Sum(r => r.Auctions).ShouldBeGreaterThan(0);
    }
}
