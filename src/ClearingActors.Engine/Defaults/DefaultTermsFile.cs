using System.Globalization;
using System.Text.Json;
using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.Default;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Risk;

namespace ClearingActors.Engine.Defaults;

/// <summary>How defaults are managed (rulebook 11), as an operator sets it.</summary>
internal sealed record DefaultTerms
{
    /// <summary>Of losses and layers; the default fund's.</summary>
    internal required Currency Currency { get; init; }

    internal required WaterfallOrder Order { get; init; }

    /// <summary>From a trigger or a proposal to the second operator's approval, ns of business time.</summary>
    internal required long ApprovalNs { get; init; }

    /// <summary>What an unapproved trigger comes to: it is lifted, or it stays and the window begins anew.</summary>
    internal required bool LiftsUnapproved { get; init; }

    /// <summary>How long client accounts wait for a member that takes them over; 0 for not at all.</summary>
    internal required long PortingNs { get; init; }

    internal required long AuctionNs { get; init; }

    /// <summary>Auctions of one account's positions before what is unsold waits for a decision.</summary>
    internal required int Rounds { get; init; }

    /// <summary>How long what is unsold waits for a decision before it is offered again, ns of business time.</summary>
    internal required long UnsoldNs { get; init; }

    internal required LotFormat Format { get; init; }

    /// <summary>Into how many equal units a lot is divided if its positions allow.</summary>
    internal required long Units { get; init; }

    /// <summary>The most that is paid to have a lot taken, as a multiple of its margin.</summary>
    internal required decimal ReserveMultiple { get; init; }

    /// <summary>Cut-offs of bid quality: from the winning bid, as a share of the lot's margin.</summary>
    internal required decimal Near { get; init; }

    internal required decimal Fair { get; init; }

    /// <summary>Members that must bid; null for all.</summary>
    internal required IReadOnlyList<string>? BidDuty { get; init; }

    /// <summary>What a member can be asked for within a year, as a multiple of its contribution.</summary>
    internal required decimal YearlyMultiple { get; init; }

    /// <summary>The most that one haircut takes of an account's gains, in basis points.</summary>
    internal required int HaircutBps { get; init; }

    /// <summary>From the allocation until the default closes by itself.</summary>
    internal required long CloseNs { get; init; }
}

/// <summary>The terms' JSON.</summary>
internal sealed record DefaultTermsFile
{
    internal const int MaxText = 65_536;
    private const int MaxMinutes = 43_200;

    public required string Currency { get; init; }

    public required int MinorDigits { get; init; }

    public string Profile { get; init; } = "eu";

    public IReadOnlyList<string>? Waterfall { get; init; }

    public required int ApprovalMinutes { get; init; }

    public string ApprovalTimeout { get; init; } = "lift";

    public required int PortingMinutes { get; init; }

    public required AuctionTerms Auction { get; init; }

    public decimal YearlyAssessmentMultiple { get; init; } = 3m;

    public decimal GainsHaircutPercent { get; init; } = 100m;

    public int CloseMinutes { get; init; } = 1440;

    internal sealed record AuctionTerms
    {
        public required int Minutes { get; init; }

        public int Rounds { get; init; } = 2;

        public int UnsoldMinutes { get; init; } = 1440;

        public string Format { get; init; } = "single_unit";

        public long Units { get; init; } = 1;

        public decimal ReserveMultiple { get; init; } = 1.5m;

        public decimal Near { get; init; } = 0.1m;

        public decimal Fair { get; init; } = 0.5m;

        public IReadOnlyList<string>? BidDuty { get; init; }
    }

    /// <exception cref="FormatException">What is wrong, with its place and what is allowed.</exception>
    internal static DefaultTerms Parse(string text)
    {
        if (text.Length > MaxText)
        {
            throw new FormatException($"the default terms have {text.Length} characters; at most {MaxText} are allowed");
        }

        try
        {
            return (JsonSerializer.Deserialize<DefaultTermsFile>(text, ScenarioLibrary.Strict) ?? throw new FormatException("the default terms are null; an object is needed")).Terms();
        }
        catch (JsonException e)
        {
            throw new FormatException($"the default terms are malformed at {e.Path ?? "their beginning"}: {e.Message}", e);
        }
    }

    private static FormatException Wrong(string field, object value, string allowed) => new(string.Create(CultureInfo.InvariantCulture, $"{field} is {value}; {allowed}"));

    private DefaultTerms Terms()
    {
        // A required property may still be null in JSON.
        if (Auction is null)
        {
            throw Wrong("auction", "null", "an object is needed");
        }

        var profile = Profile switch
        {
            "eu" => RegulatoryProfile.EuropeanUnion,
            "other" => RegulatoryProfile.Other,
            _ => throw Wrong("profile", Profile, "eu or other is allowed"),
        };
        return new DefaultTerms
        {
            Currency = MinorDigits is >= 0 and <= Domain.Currency.MaxDigits ? new Currency(Currency, MinorDigits) : throw Wrong("minorDigits", MinorDigits, $"0 to {Domain.Currency.MaxDigits} is allowed"),
            Order = OrderOf(profile),
            ApprovalNs = Minutes("approvalMinutes", ApprovalMinutes, 1),
            LiftsUnapproved = ApprovalTimeout switch
            {
                "lift" => true,
                "keep" => false,
                _ => throw Wrong("approvalTimeout", ApprovalTimeout, "lift or keep is allowed"),
            },
            PortingNs = Minutes("portingMinutes", PortingMinutes, 0),
            AuctionNs = Minutes("auction.minutes", Auction.Minutes, 1),
            Rounds = Auction.Rounds is >= 0 and <= 20 ? Auction.Rounds : throw Wrong("auction.rounds", Auction.Rounds, "0 to 20 is allowed"),
            UnsoldNs = Minutes("auction.unsoldMinutes", Auction.UnsoldMinutes, 1),
            Format = Auction.Format switch
            {
                "single_unit" => LotFormat.SingleUnit,
                "pay_as_bid" => LotFormat.PayAsBid,
                "uniform" => LotFormat.Uniform,
                _ => throw Wrong("auction.format", Auction.Format, "single_unit, pay_as_bid or uniform is allowed"),
            },
            Units = Auction.Units is >= 1 and <= 10_000 ? Auction.Units : throw Wrong("auction.units", Auction.Units, "1 to 10000 is allowed"),
            ReserveMultiple = Share("auction.reserveMultiple", Auction.ReserveMultiple, 100m),
            Near = Share("auction.near", Auction.Near, 100m),
            Fair = Auction.Fair >= Auction.Near ? Share("auction.fair", Auction.Fair, 100m) : throw Wrong("auction.fair", Auction.Fair, $"{Auction.Near} (auction.near) or more is allowed"),
            BidDuty = DutyOf(Auction.BidDuty),
            YearlyMultiple = Share("yearlyAssessmentMultiple", YearlyAssessmentMultiple, 100m),
            HaircutBps = (int)(Share("gainsHaircutPercent", GainsHaircutPercent, 100m) * 100m),
            CloseNs = Minutes("closeMinutes", CloseMinutes, 1),
        };
    }

    private WaterfallOrder OrderOf(RegulatoryProfile profile)
    {
        if (Waterfall is null)
        {
            return WaterfallOrder.Default;
        }

        List<LayerKind> layers = [];
        for (var i = 0; i < Waterfall.Count; i++)
        {
            var id = Waterfall[i] ?? throw Wrong($"waterfall[{i}]", "null", "a layer is needed");
            layers.Add(LayerKinds.TryParse(id, out var kind, out var unknown) ? kind : throw Wrong(unknown!.Field, unknown.Value, unknown.Allowed));
        }

        var order = WaterfallOrder.TryCreate(layers, profile, out var created, out var error) ? created! : throw Wrong(error!.Field, error.Value, error.Allowed);
        return order.Layers[0] == LayerKind.DefaulterMargin ? order : throw Wrong("waterfall[0]", Waterfall[0], "defaulter_margin is needed: an account's own collateral has paid before the waterfall begins");
    }

    private static IReadOnlyList<string>? DutyOf(IReadOnlyList<string>? members)
    {
        for (var i = 0; i < (members?.Count ?? 0); i++)
        {
            if (!MemberId.TryParse(members![i], out _))
            {
                throw Wrong($"auction.bidDuty[{i}]", members[i] ?? "null", "a member's id is needed");
            }
        }

        return members;
    }

    private static long Minutes(string field, int minutes, int least) =>
        minutes >= least && minutes <= MaxMinutes ? minutes * 60_000_000_000L : throw Wrong(field, minutes, $"{least} to {MaxMinutes} (30 days) is allowed");

    private static decimal Share(string field, decimal value, decimal most) => value >= 0 && value <= most ? value : throw Wrong(field, value, $"0 to {most} is allowed");
}
