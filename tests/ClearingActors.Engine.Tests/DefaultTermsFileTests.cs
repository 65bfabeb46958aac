using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.Default;
using ClearingActors.Engine.Defaults;

namespace ClearingActors.Engine.Tests;

/// <summary>The terms' file: what comes with the house is usable, and what is wrong is told with its place.</summary>
public sealed class DefaultTermsFileTests
{
    private static string Shipped => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "config", "default-terms.json"));

    [Fact]
    public void The_terms_that_come_with_the_house_parse_and_their_waterfall_is_the_usual_one()
    {
        var terms = DefaultTermsFile.Parse(Shipped);

        (terms.Currency, terms.Format, terms.Units, terms.Rounds).ShouldBe((new Currency("USD", 2), LotFormat.PayAsBid, 10, 2));
        terms.Order.Layers.ShouldBe(WaterfallOrder.Default.Layers);
        terms.PortingNs.ShouldBe(2 * UtcTime.NanosecondsPerDay);
        terms.BidDuty.ShouldBeNull();
    }

    [Fact]
    public void Terms_without_an_auction_are_refused() =>
        Should.Throw<FormatException>(() => DefaultTermsFile.Parse("""{ "currency": "USD", "minorDigits": 2, "approvalMinutes": 60, "portingMinutes": 30, "auction": null }""")).Message.ShouldBe("auction is null; an object is needed");

    [Theory]
    [InlineData("\"currency\": \"USD\"", "\"currency\": \"usd\"", "currency code \"usd\" is not valid")]
    [InlineData("\"currency\": \"USD\"", "\"currency\": null", "currency code \"\" is not valid")]
    [InlineData("\"minorDigits\": 2", "\"minorDigits\": 9", "minorDigits is 9; 0 to 8 is allowed")]
    [InlineData("\"profile\": \"eu\"", "\"profile\": \"us\"", "profile is us; eu or other is allowed")]
    [InlineData("\"defaulter_margin\",", "\"assessments\",", "waterfall")]
    [InlineData("\"defaulter_margin\",", "null,", "waterfall[0] is null; a layer is needed")]
    [InlineData("\"approvalMinutes\": 60", "\"approvalMinutes\": 0", "approvalMinutes is 0; 1 to 43200")]
    [InlineData("\"lift\"", "\"wait\"", "approvalTimeout is wait; lift or keep is allowed")]
    [InlineData("\"rounds\": 2", "\"rounds\": 21", "auction.rounds is 21; 0 to 20 is allowed")]
    [InlineData("\"units\": 10", "\"units\": 0", "auction.units is 0; 1 to 10000 is allowed")]
    [InlineData("\"fair\": 0.5", "\"fair\": 0.05", "auction.fair is 0.05; 0.1 (auction.near) or more is allowed")]
    [InlineData("\"bidDuty\": null", "\"bidDuty\": [\"A B\"]", "auction.bidDuty[0] is A B; a member's id is needed")]
    [InlineData("\"bidDuty\": null", "\"bidDuty\": [null]", "auction.bidDuty[0] is null; a member's id is needed")]
    [InlineData("\"gainsHaircutPercent\": 100", "\"gainsHaircutPercent\": 101", "gainsHaircutPercent is 101; 0 to 100 is allowed")]
    [InlineData("\"closeMinutes\": 1440", "\"closeHours\": 24", "malformed at $.closeHours")]
    public void What_is_wrong_is_told_with_its_place_and_what_is_allowed(string old, string wrong, string says)
    {
        var text = Shipped.Replace(old, wrong, StringComparison.Ordinal);
        text.ShouldNotBe(Shipped);
        Should.Throw<FormatException>(() => DefaultTermsFile.Parse(text)).Message.ShouldContain(says);
    }
}
