using System.Text.Json;
using ClearingActors.Cli.Models;
using ClearingActors.Domain;
using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Pricing;
using ClearingActors.Risk.Scenarios;
using ClearingActors.Risk.Stress;

namespace ClearingActors.Cli.Stress;

/// <summary>A scenario with what it says of itself.</summary>
/// <param name="Scenario">The shocks.</param>
/// <param name="Name">For people.</param>
public sealed record NamedScenario(StressScenario Scenario, string Name);

/// <summary>
/// Reads scenario files and the file of a house: JSON with comments, every field checked. An unknown, missing or doubled field is refused, and the message names
/// the schema beside the file.
/// </summary>
public static class StressFiles
{
    /// <summary>The scenarios of a directory, one per file, by file name.</summary>
    /// <exception cref="CommandException">No directory, no file in it, two of one id, or a file that cannot be used.</exception>
    public static IReadOnlyList<NamedScenario> Scenarios(string directory)
    {
        var files = Files(directory);
        NamedScenario[] scenarios = [.. files.Select(f => Read(f, "scenario.schema.json", Scenario))];
        if (scenarios.Length == 0)
        {
            throw new CommandException($"{directory} holds no scenario; one file such as 2020-03-16-equity.json at least is needed");
        }

        return scenarios.GroupBy(s => s.Scenario.Id).FirstOrDefault(g => g.Count() > 1) is { } twice
            ? throw new CommandException($"{directory} holds scenario {twice.Key} {twice.Count()} times; each id once is allowed")
            : scenarios;
    }

    /// <summary>The scenario files of a directory, by name.</summary>
    /// <exception cref="CommandException">The directory cannot be read.</exception>
    public static IReadOnlyList<string> Files(string directory)
    {
        try
        {
            return [.. Directory.GetFiles(directory, "*.json").Where(f => !f.EndsWith(".schema.json", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"the scenarios in {directory} cannot be read: {e.Message} Name their directory with --scenarios", e);
        }
    }

    /// <summary>The file of a house.</summary>
    /// <exception cref="CommandException">The file cannot be used.</exception>
    public static StressHouse House(string file) => Read(file, "house.schema.json", House);

    private static T Read<T>(string file, string schema, Func<VectorObject, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(file), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            var root = VectorObject.Root(document.RootElement, file);
            if (root.Has("$schema"))
            {
                root.Text("$schema");
            }

            var value = read(root);
            root.Close();
            return value;
        }
        catch (Exception e) when (e is VectorFormatException or JsonException or ArgumentException or OverflowException or FormatException)
        {
            throw new CommandException($"{(e is VectorFormatException ? "" : file + ": ")}{Refusal.Of(e)} (see {schema})", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{file} cannot be read: {e.Message}", e);
        }
    }

    private static NamedScenario Scenario(VectorObject root)
    {
        var id = root.Text("id");
        var name = root.Text("name");
        root.Word("type", ("historical", 0), ("hypothetical", 0));
        var unmoved = root.Boolean("othersUnmoved");
        var shocks = root.Objects("shocks").Select(s =>
        {
            // Every figure says where it is from, or that it is assumed and why.
            s.Text(s.Has("assumed") ? "assumed" : "source");
            var shock = new StressShock(
                new RiskFactorId(Kind(s), s.Text("name"), s.Has("node") ? s.Text("node") : ""), s.Word("kind", ("relative", ChangeKind.Relative), ("absolute", ChangeKind.Absolute)), s.Number("shock"));
            s.Close();
            return shock;
        }).ToList();
        return new NamedScenario(new StressScenario(id, shocks, unmoved), name);
    }

    private static RiskFactorKind Kind(VectorObject item) =>
        item.Word("factor", ("price", RiskFactorKind.Price), ("volatility", RiskFactorKind.Volatility), ("currency", RiskFactorKind.Currency));

    private static StressHouse House(VectorObject root)
    {
        var currency = new Currency(root.Text("currency"), root.Integer("minorUnits", 0, Currency.MaxDigits));
        var rates = root.Object("rates");
        var ccp = root.Object("ccp");
        var fund = root.Object("fund");
        var instruments = root.Objects("instruments").Select(Instrument).ToDictionary(i => i.Instrument, StringComparer.Ordinal);
        var house = new StressHouse(
            currency,
            [.. rates.Names.Select(code => new CurrencyRate(code, rates.Number(code)))],
            new CcpLayers(ccp.BigInteger("juniorCapital"), ccp.BigInteger("seniorCapital")),
            fund.DecimalNumber("bufferPercent"),
            fund.BigInteger("minimumContribution"),
            [.. root.Objects("members").Select(m => Member(m, instruments))]);
        ccp.Close();
        fund.Close();
        return house;
    }

    private static StressMember Member(VectorObject item, Dictionary<string, InstrumentRisk> instruments)
    {
        var member = new StressMember(
            item.Text("id"),
            item.Has("affiliateGroup") ? item.Text("affiliateGroup") : null,
            item.BigInteger("contribution"),
            item.BigInteger("assessmentCap"),
            item.BigInteger("capacity"),
            item.DecimalNumber("trailingMargin"),
            [.. item.Objects("accounts").Select(a => Account(a, instruments))]);
        item.Close();
        return member;
    }

    private static StressAccount Account(VectorObject item, Dictionary<string, InstrumentRisk> instruments)
    {
        var positions = item.Object("positions");
        var account = new StressAccount(
            item.Text("id"),
            item.Word("type", ("house", true), ("client", false)),
            item.Integer("requirement"),
            [.. item.Objects("collateral").Select(Collateral)],
            [
                .. positions.Names.Order(Utf8Ordinal.Order).Select(id => instruments.TryGetValue(id, out var instrument)
                    ? new Holding(instrument, positions.Integer(id))
                    : throw positions.Problem(id, $"is no instrument of the file; it has {string.Join(", ", instruments.Keys)}")),
            ]);
        item.Close();
        return account;
    }

    private static StressCollateral Collateral(VectorObject item)
    {
        RiskFactorId? factor = item.Has("factor") ? new RiskFactorId(Kind(item), item.Text("name"), "") : null;
        var piece = new StressCollateral(item.Text("asset"), item.Integer("value"), item.Number("haircut", 0.0, 1.0), factor);
        item.Close();
        return piece;
    }

    private static InstrumentRisk Instrument(VectorObject item)
    {
        var kind = item.Word("kind", ("future", 0), ("inverse", 1), ("option", 2));
        var id = item.Text("id");
        var factor = RiskFactorId.Price(item.Text("underlying"), item.Has("node") ? item.Text("node") : "");
        var price = item.Number("price");
        var multiplier = item.Number("multiplier");
        var currency = item.Text("currency");
        InstrumentRisk instrument = kind switch
        {
            0 => new LinearRisk(id, factor, price, multiplier, currency),
            1 => new InverseRisk(id, factor, price, multiplier, currency),
            _ => new OptionRisk(id, factor, price, multiplier, currency, Terms(item)),
        };
        item.Close();
        return instrument;
    }

    private static OptionTerms Terms(VectorObject item) => new()
    {
        Model = item.Word("model", ("black76", OptionModel.Black76), ("bachelier", OptionModel.Bachelier)),
        Type = item.OptionType("type"),
        Strike = item.Number("strike"),
        ExpiryYears = item.Number("expiryYears"),
        Volatility = item.Number("vol"),
        VolBeta = item.Has("volBeta") ? item.Number("volBeta") : 0.0,
        VolatilityFactor = item.Has("volatilityFactor") ? RiskFactorId.Volatility(item.Text("volatilityFactor")) : null,
    };
}
