using System.Text.Json;
using ClearingActors.Audit.TimeTravel;
using ClearingActors.Engine.Simulation;
using ClearingActors.Journal;

namespace ClearingActors.Audit.Tests;

/// <summary>The state at a moment is that of a journal that ends there.</summary>
public sealed class TimeTravelReplayTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void The_house_at_a_moment_is_the_house_of_a_journal_that_ends_there(ulong seed) => HouseSimulation.Run(seed, HouseSimulation.DefaultSteps, journal =>
    {
        var times = TimesOf(journal);
        foreach (var time in new[] { times[times.Count / 3], times[times.Count / 2], times[^2] })
        {
            var cut = JournalCut.AtTime(journal, time);
            using var until = Replayed(journal, cut);
            using var shorter = new JournalPrefix(journal, cut);
            using var whole = Replayed(shorter, JournalCut.AtHeads(shorter));
            until.Turns.Digests().Select(Convert.ToHexString).ShouldBe(whole.Turns.Digests().Select(Convert.ToHexString));
            Json(HousePictures.Of(until)).ShouldBe(Json(HousePictures.Of(whole)));
            foreach (var account in HousePictures.AccountsOf(until))
            {
                Json(AccountPictures.Of(until, account)).ShouldBe(Json(AccountPictures.Of(whole, whole.Account(account.State.Id.Value)!)));
            }
        }
    });

    [Theory]
    [InlineData(36)]
    [InlineData(9)]
    public void At_the_head_of_a_house_at_rest_nothing_is_in_flight_and_all_sums_are_zero(ulong seed) => HouseSimulation.Run(seed, HouseSimulation.DefaultSteps, journal =>
    {
        using var house = Replayed(journal, JournalCut.AtHeads(journal));
        var picture = HousePictures.Of(house);
        picture.InFlight.Messages.ShouldBe(0);
        picture.Checks.MatchedBook.ShouldBeTrue();
        picture.Checks.CashConserved.ShouldBeTrue();
        picture.Currencies.ShouldNotBeEmpty();
        picture.Currencies.ShouldAllBe(c => c.Cash + c.HouseCash == 0);
        picture.Instruments.Sum(i => i.OpenInterest).ShouldBe(HousePictures.AccountsOf(house).SelectMany(a => AccountPictures.Of(house, a).Positions).Sum(p => Math.Max(0, p.Lots)));
        picture.OpenCalls.Sum(c => c.Call.Remaining).ShouldBe(picture.Currencies.Sum(c => c.OpenCalls));
    });

    [Fact]
    public void An_account_says_what_it_holds_and_what_it_needs()
    {
        var seen = 0;
        for (var seed = 1UL; seed <= 8; seed++)
        {
            HouseSimulation.Run(seed, HouseSimulation.DefaultSteps, journal =>
            {
                using var house = Replayed(journal, JournalCut.AtHeads(journal));
                foreach (var actor in HousePictures.AccountsOf(house))
                {
                    var picture = AccountPictures.Of(house, actor);
                    picture.Positions.ShouldAllBe(p => p.Lots == p.Settled + p.Open);
                    if (picture.Official is { } official)
                    {
                        seen++;
                        official.Parts.Sum(p => p.Amount).ShouldBe(official.Requirement);
                    }

                    if (picture.Now is { } now)
                    {
                        picture.Collateral.Sum(c => c.Counted).ShouldBe(now.Collateral);
                    }
                }
            });
        }

        seen.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void A_moment_of_business_time_ends_before_business_time_went_beyond_it() => HouseSimulation.Run(1, HouseSimulation.DefaultSteps, journal =>
    {
        using var end = Replayed(journal, JournalCut.AtHeads(journal));
        BusinessCut.At(journal, end.BusinessTime).Positions.ShouldBe(JournalCut.AtHeads(journal).Positions);
        for (var part = 1; part < 8; part++)
        {
            using var house = new HouseReplay(journal, BusinessCut.At(journal, end.BusinessTime - (part * 3_600_000_000_000L)));
            house.Run(null, CancellationToken.None);
            house.BusinessTime.ShouldBeLessThanOrEqualTo(end.BusinessTime - (part * 3_600_000_000_000L));
        }
    });

    [Theory]
    [InlineData(0, "-")]
    [InlineData(1, "1970-01-01T00:00:00.000000001Z")]
    [InlineData(1_584_028_800_000_000_000, "2020-03-12T16:00:00Z")]
    [InlineData(1_584_028_800_500_000_000, "2020-03-12T16:00:00.5Z")]
    [InlineData(-1, "1969-12-31T23:59:59.999999999Z")]
    public void Times_have_the_digits_that_they_need(long ns, string text) => AuditText.Time(ns).ShouldBe(text);

    [Theory]
    [InlineData(-123456789, 2, "-1,234,567.89")]
    [InlineData(5, 2, "0.05")]
    [InlineData(5, 0, "5")]
    [InlineData(-100_000_000, 8, "-1.00000000")]
    public void Amounts_have_the_digits_of_their_currency(long minor, int digits, string text)
    {
        AuditText.Amount(minor, digits).ShouldBe(text);
        AuditText.Decimal(minor, digits).ToString(System.Globalization.CultureInfo.InvariantCulture).ShouldBe(text.Replace(",", "", StringComparison.Ordinal));
    }

    internal static HouseReplay Replayed(IJournalStore journal, JournalCut cut)
    {
        var house = new HouseReplay(journal, cut);
        house.Run(null, CancellationToken.None);
        return house;
    }

    /// <summary>The recorded times of all turns, ascending.</summary>
    internal static List<long> TimesOf(IJournalStore journal) =>
        [.. journal.ReadHeads().SelectMany(h => journal.ReadShard(h.Shard, 0, h.Position).Select(r => r.RecordedTime)).Order()];

    private static string Json(object picture) => JsonSerializer.Serialize(picture);
}
