using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ClearingActors.Cli.Models;
using ClearingActors.Domain;
using ClearingActors.Domain.Default;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;
using Action = ClearingActors.Contracts.Defaults.V1.Action;

namespace ClearingActors.Cli.Drills;

/// <summary>
/// Reads the file of a drill: JSON with comments, every field checked, also whether what it names is there. An unknown, missing or doubled field is refused. Amounts are in units of the
/// currency. The model of risk and the terms of default management are handed on as they stand: the house that takes them checks them.
/// </summary>
public static class DrillFile
{
    /// <summary>The schema beside the files.</summary>
    public const string Schema = "drill.schema.json";

    private const int MaxMembers = 1000;
    private const long MaxLots = 100_000;
    private const long HourNs = 3_600_000_000_000;

    /// <summary>Reads a file.</summary>
    /// <exception cref="CommandException">It cannot be read or used; the message names the field.</exception>
    public static Drill Read(string file)
    {
        try
        {
            return Parse(File.ReadAllText(file), file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{file} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Reads a text.</summary>
    /// <param name="text">The content.</param>
    /// <param name="file">Stands in messages; the drill must be called as the file is.</param>
    /// <exception cref="CommandException">It cannot be used; the message names the field.</exception>
    public static Drill Parse(string text, string file)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            var root = VectorObject.Root(document.RootElement, file);
            if (root.Has("$schema"))
            {
                root.Text("$schema");
            }

            var drill = new Reader(root, Path.GetFileNameWithoutExtension(file)).Drill();
            root.Close();
            return drill;
        }
        catch (Exception e) when (e is VectorFormatException or JsonException or ArgumentException or OverflowException or FormatException)
        {
            throw new CommandException($"{(e is VectorFormatException ? "" : file + ": ")}{Refusal.Of(e)} (see {Schema})", e);
        }
    }

    /// <summary>Reads in the order of what refers to what.</summary>
    private sealed class Reader(VectorObject root, string name)
    {
        private readonly Currency _currency = CurrencyOf(root);
        private readonly List<DrillMember> _members = [];
        private readonly Dictionary<InstrumentId, DrillInstrument> _instruments = [];

        internal Drill Drill()
        {
            var own = root.Text("name");
            if (own != name)
            {
                throw root.Problem("name", $"is \"{own}\"; the file's own name, \"{name}\", is needed");
            }

            var title = root.Text("title");
            var facts = root.Objects("facts").Select(Fact).ToList();
            var start = Instant(root, "start");
            foreach (var item in root.Objects("members"))
            {
                Members(item);
            }

            foreach (var item in root.Objects("instruments"))
            {
                var instrument = InstrumentOf(item);
                if (!_instruments.TryAdd(instrument.Instrument.Id, instrument))
                {
                    throw item.Problem("id", $"is {instrument.Instrument.Id}, which is there already; each is allowed once");
                }
            }

            var history = root.Object("history");
            var expect = root.Objects("expect").Select(Expectation).ToList();
            return new Drill
            {
                Name = own,
                Title = title,
                Facts = facts.Count > 0 ? facts : throw root.Problem("facts", "is empty; say where the drill comes from, or that it is assumed"),
                Currency = _currency,
                Start = start,
                Members = _members,
                Instruments = [.. _instruments.Values],
                History = history.Names.Order(Utf8Ordinal.Order).ToDictionary(n => n, n => Prices(history, n), StringComparer.Ordinal),
                RiskModel = root.RawObject("riskModel"),
                FundTerms = Fund(root.Object("fund")),
                DefaultTerms = DefaultTerms(),
                Steps = [.. root.Objects("steps").Select(Step)],
                Expect = expect.Count > 0 ? expect : throw root.Problem("expect", "is empty; a drill says what must come of it"),
            };
        }

        private static Currency CurrencyOf(VectorObject root)
        {
            var code = root.Text("currency");
            return new Currency(code, root.Integer("minorDigits", 0, Currency.MaxDigits));
        }

        private static DrillFact Fact(VectorObject item)
        {
            var text = item.Text("text");
            var fact = item.Has("assumed") ? new DrillFact(text, null, item.Text("assumed")) : new DrillFact(text, item.Text("source"), null);
            item.Close();
            return fact;
        }

        private static IReadOnlyList<double> Prices(VectorObject history, string factor) =>
            history.Numbers(factor) is { Count: > 0 } prices ? prices : throw history.Problem(factor, "is empty; one price for each day is needed");

        private static long Instant(VectorObject item, string field)
        {
            var text = item.Text(field);
            return DateTimeOffset.TryParseExact(text, "yyyy-MM-dd'T'HH:mm'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
                ? UtcTime.Of(at)
                : throw item.Problem(field, $"is \"{text}\"; an instant such as 2018-09-11T08:00Z is needed");
        }

        private long Amount(VectorObject item, string field)
        {
            var amount = item.DecimalNumber(field);
            return Money.TryFromDecimal(amount, _currency, out var money) && Math.Abs(money.MinorUnits) <= Coverage.MaxAmount
                ? money.MinorUnits
                : throw item.Problem(field, $"is {amount}; an amount in whole minor units of {_currency.Code} ({_currency.Digits} decimal places) is needed");
        }

        private long Positive(VectorObject item, string field) => Amount(item, field) is var minor and >= 0 ? minor : throw item.Problem(field, "is below zero; 0 or more is needed");

        /// <summary>One member, or with <c>ids</c> a row of them such as <c>M000-M165</c> that have a contribution and no account.</summary>
        private void Members(VectorObject item)
        {
            if (item.Has("ids"))
            {
                var contribution = item.Has("contribution") ? Positive(item, "contribution") : 0;
                foreach (var id in Row(item))
                {
                    Add(item, "ids", new DrillMember(id, contribution, []));
                }
            }
            else
            {
                var id = item.Text("id");
                var member = MemberId.TryParse(id, out var parsed) ? parsed : throw item.Problem("id", $"is \"{id}\", which is no id of a member");
                Add(item, "id", new DrillMember(member, item.Has("contribution") ? Positive(item, "contribution") : 0, [.. item.Objects("accounts").Select(Account)]));
            }

            item.Close();
        }

        private void Add(VectorObject item, string field, DrillMember member)
        {
            if (_members.Any(m => m.Id == member.Id) || _members.Count == MaxMembers)
            {
                throw item.Problem(field, $"gives member {member.Id}, which is there already or beyond {MaxMembers} members");
            }

            if (member.Accounts.FirstOrDefault(a => _members.SelectMany(m => m.Accounts).Any(b => b.Id == a.Id)) is { } twice)
            {
                throw item.Problem("accounts", $"gives account {twice.Id}, which is there already; each is allowed once");
            }

            _members.Add(member);
        }

        private static IReadOnlyList<MemberId> Row(VectorObject item)
        {
            var text = item.Text("ids");
            var ends = text.Split('-');
            var prefix = ends[0].TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
            var digits = ends[0].Length - prefix.Length;
            if (ends.Length == 2 && digits is > 0 and <= 6 && ends[1].Length == ends[0].Length && ends[1].StartsWith(prefix, StringComparison.Ordinal)
                && int.TryParse(ends[0].AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var first)
                && int.TryParse(ends[1].AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var last)
                && first <= last && last - first < MaxMembers)
            {
                return [.. Enumerable.Range(first, last - first + 1).Select(n => MemberId.Parse(prefix + n.ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0')))];
            }

            throw item.Problem("ids", $"is \"{text}\"; a row such as M000-M165 of at most {MaxMembers} is needed");
        }

        private DrillAccount Account(VectorObject item)
        {
            var id = item.Text("id");
            var account = new DrillAccount(
                AccountId.TryParse(id, out var parsed) ? parsed : throw item.Problem("id", $"is \"{id}\", which is no id of an account"),
                item.Word("type", ("house", Segregation.House), ("client_net", Segregation.ClientOmnibusNet), ("client_individual", Segregation.ClientIndividual)),
                Positive(item, "cash"));
            item.Close();
            return account;
        }

        private DrillInstrument InstrumentOf(VectorObject item)
        {
            var negative = item.Has("negativePrices") && item.Boolean("negativePrices");
            var definition = new InstrumentDefinition
            {
                Id = item.Text("id"),
                Kind = InstrumentKind.Future,
                Underlying = item.Text("underlying"),
                ProductGroup = item.Text("group"),
                Multiplier = item.DecimalNumber("multiplier"),
                Currency = _currency,
                PriceScale = item.Integer("priceScale", 0, 9),
                Tick = item.DecimalNumber("tick"),
                PriceLow = item.DecimalNumber("priceLow"),
                PriceHigh = item.DecimalNumber("priceHigh"),
                AllowsNegativePrices = negative,
                MarkJumpBps = InstrumentDefinition.MaxBandBps,
                MarkStalenessNs = HourNs,
                MaxTradeQuantity = MaxLots,
                HeadroomPerLot = 0,
                Calendar = new ClearingCalendar("UTC", new TimeOnly(23, 59), [], true),
            };
            var errors = definition.Validate(out var instrument);
            if (instrument is null)
            {
                throw item.Problem(char.ToLowerInvariant(errors[0].Field[0]) + errors[0].Field[1..], $"is {errors[0].Value}; {errors[0].Allowed}");
            }

            var units = Units(item, "price", instrument);
            item.Close();
            return new DrillInstrument(instrument, units);
        }

        private static long Units(VectorObject item, string field, Instrument instrument)
        {
            var price = item.DecimalNumber(field);
            return instrument.TryToPriceUnits(price, out var units) ? units : throw item.Problem(field, $"is {price}; {instrument.Id} needs a multiple of its tick with at most {instrument.PriceScale} decimal places");
        }

        /// <summary>The fund's terms with each member's contribution, which nobody sizes in a drill.</summary>
        private string Fund(VectorObject item)
        {
            var contributions = new JsonObject();
            foreach (var member in _members.Where(m => m.Contribution > 0))
            {
                contributions[member.Id.Value] = new Money(member.Contribution, _currency).ToDecimal();
            }

            var terms = new JsonObject
            {
                ["currency"] = _currency.Code,
                ["minorDigits"] = _currency.Digits,
                ["bufferPercent"] = 0,
                ["minimumContribution"] = 0,
                ["minutesToMeet"] = 1440,
                ["juniorCapital"] = new Money(Positive(item, "juniorCapital"), _currency).ToDecimal(),
                ["seniorCapital"] = new Money(Positive(item, "seniorCapital"), _currency).ToDecimal(),
                ["assessmentMultiple"] = item.DecimalNumber("assessmentMultiple"),
                ["contributions"] = contributions,
            };
            item.Close();
            return contributions.Count > 0 ? terms.ToJsonString() : throw root.Problem("members", "have no contribution to the default fund; one at least is needed");
        }

        private string DefaultTerms()
        {
            var terms = JsonNode.Parse(root.RawObject("defaultTerms"), documentOptions: new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true })!.AsObject();
            foreach (var field in new[] { "currency", "minorDigits" })
            {
                if (terms.ContainsKey(field))
                {
                    throw root.Problem("defaultTerms", $"gives {field}, which is the drill's; leave it out");
                }
            }

            terms["currency"] = _currency.Code;
            terms["minorDigits"] = _currency.Digits;
            return terms.ToJsonString();
        }

        private DrillExpectation Expectation(VectorObject item)
        {
            var layers = item.Object("layers");
            var expectation = new DrillExpectation(
                MemberOf(item, "member").Value, Amount(item, "loss"), Layers(layers, n => Positive(layers, n)),
                item.Has("byMember") ? ByMember(item.Object("byMember")) : new Dictionary<string, IReadOnlyDictionary<string, long>>());
            item.Close();
            return expectation;
        }

        private Dictionary<string, IReadOnlyDictionary<string, long>> ByMember(VectorObject layers) => Layers<IReadOnlyDictionary<string, long>>(layers, layer =>
        {
            var members = layers.Object(layer);
            return members.Names.ToDictionary(m => m, m => Positive(members, m), StringComparer.Ordinal);
        });

        private static Dictionary<string, T> Layers<T>(VectorObject item, Func<string, T> read) => item.Names.ToDictionary(
            layer => layer, layer => LayerKinds.TryParse(layer, out _, out var unknown) ? read(layer) : throw item.Problem(layer, unknown!.Allowed), StringComparer.Ordinal);

        private DrillStep Step(VectorObject item)
        {
            var place = item.Path;
            var read = item.Word<Func<DrillStep>>(
                "do",
                ("time", () => new TimeStep(place, Instant(item, "at"))),
                ("trade", () => Trade(item)),
                ("settle", () => Settle(item)),
                ("unpaid", () => new UnpaidStep(place, AccountOf(item, "account"), item.Text("reason"))),
                ("trigger", () => new TriggerStep(place, MemberOf(item, "member"), item.Text("reason"))),
                ("decide", () => new DecideStep(
                    place, Number(item),
                    item.Word("action", ("declare", Action.Declare), ("haircut_gains", Action.HaircutGains), ("tear_up", Action.TearUp), ("write_off", Action.WriteOff)),
                    item.Text("reason"))),
                ("port", () => new PortStep(place, Number(item), AccountOf(item, "account"), MemberOf(item, "member"))),
                ("bid", () => Bid(item)),
                ("closeAuctions", () => new CloseAuctionsStep(place)),
                ("reoffer", () => new ReofferStep(place, Number(item), AccountOf(item, "account"))),
                ("close", () => new CloseStep(place, Number(item))));
            var step = read();
            item.Close();
            return step;
        }

        private static int Number(VectorObject item) => item.Has("default") ? item.Integer("default", 1, MaxMembers) : 1;

        private TradeStep Trade(VectorObject item)
        {
            var instrument = InstrumentOf(item, "instrument");
            var step = new TradeStep(
                item.Path, instrument.Id, AccountOf(item, "buyer"), AccountOf(item, "seller"), item.Integer("lots"), instrument.ToPrice(Units(item, "price", instrument)),
                item.Has("guaranteed") && item.Boolean("guaranteed"));
            return step.Lots > 0 ? step : throw item.Problem("lots", $"is {step.Lots}; above 0 is needed");
        }

        private SettleStep Settle(VectorObject item)
        {
            var prices = item.Object("prices");
            return new SettleStep(
                item.Path, item.Date("next"),
                prices.Names.ToDictionary(n => InstrumentId.TryParse(n, out var id) && _instruments.ContainsKey(id) ? id : throw Unknown(prices, n, n, "instrument"), n => Units(prices, n, _instruments[InstrumentId.Parse(n)].Instrument)));
        }

        private BidStep Bid(VectorObject item)
        {
            var bids = item.Object("bids");
            var group = item.Text("group");
            return new BidStep(
                item.Path, Number(item), AccountOf(item, "account"),
                _instruments.Values.Any(i => i.Instrument.Definition.ProductGroup == group) ? group : throw Unknown(item, "group", group, "product group of an instrument"),
                [.. bids.Names.Select(n => (_members.FirstOrDefault(m => m.Id.Value == n && m.Accounts.Any(a => a.Segregation == Segregation.House))?.Id ?? throw Unknown(bids, n, n, "member with a house account"), Amount(bids, n)))]);
        }

        private Instrument InstrumentOf(VectorObject item, string field)
        {
            var text = item.Text(field);
            return InstrumentId.TryParse(text, out var id) && _instruments.TryGetValue(id, out var known) ? known.Instrument : throw Unknown(item, field, text, "instrument");
        }

        private MemberId MemberOf(VectorObject item, string field)
        {
            var id = item.Text(field);
            return _members.FirstOrDefault(m => m.Id.Value == id)?.Id ?? throw Unknown(item, field, id, "member");
        }

        private AccountId AccountOf(VectorObject item, string field)
        {
            var id = item.Text(field);
            return _members.SelectMany(m => m.Accounts).FirstOrDefault(a => a.Id.Value == id)?.Id ?? throw Unknown(item, field, id, "account");
        }

        private static VectorFormatException Unknown(VectorObject item, string field, string value, string what) => item.Problem(field, $"is \"{value}\", which is no {what} of the file");
    }
}
