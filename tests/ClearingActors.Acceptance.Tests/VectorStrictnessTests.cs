using ClearingActors.Cli.Models;

namespace ClearingActors.Acceptance.Tests;

/// <summary>A vector file is read strictly, whatever its kind: the message names the file, the path in it and what is wrong.</summary>
public sealed class VectorStrictnessTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "vectors");

    public static TheoryData<string> Files => [.. Directory.GetFiles(Folder).Select(f => Path.GetFileName(f)).Where(f => f != "margin_fhs.json").Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_field_too_many_anywhere_is_refused(string file)
    {
        var json = Json(file);
        var objects = 0;

        // A list is no value of any field or id.
        for (var at = json.IndexOf('{', StringComparison.Ordinal); at >= 0; at = json.IndexOf('{', at + 1))
        {
            var changed = json.Insert(at + 1, "\"surplus\": []" + (json[(at + 1)..].TrimStart().StartsWith('}') ? "" : ","));
            Should.Throw<VectorFormatException>(() => Check(changed, file), $"{file}, object at {at}").Message.ShouldContain("surplus");
            objects++;
        }

        objects.ShouldBeGreaterThan(1);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_field_too_few_is_refused(string file)
    {
        foreach (var name in Names(file))
        {
            var changed = Json(file).Replace($"\"{name}\":", "\"renamed\":", StringComparison.Ordinal);
            Should.Throw<VectorFormatException>(() => Check(changed, file), $"{file}, {name}").Message.ShouldStartWith(file);
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_field_of_another_type_is_refused(string file)
    {
        foreach (var name in Names(file))
        {
            var changed = Json(file).Replace($"\"{name}\":", $"\"{name}\": [null], \"after\":", StringComparison.Ordinal);
            Should.Throw<VectorFormatException>(() => Check(changed, file), $"{file}, {name}").Message.ShouldStartWith(file);
        }
    }

    [Theory]
    [InlineData("{\"kind\": \"margin_tiers\", \"kind\": \"margin_tiers\"}", "v.json: field \"kind\" is given twice")]
    [InlineData("{\"kind\": \"magic\"}", "v.json: kind: is \"magic\"")]
    [InlineData("{\"exact\": true}", "v.json: field \"kind\" is missing")]
    [InlineData("[]", "v.json: is a list; an object is needed")]
    [InlineData("{\"kind\": \"margin_tiers\"", "v.json: this is no JSON")]
    [InlineData("{\"kind\": \"margin_offset\", \"cases\": []}", "v.json: no tolerance is given")]
    [InlineData("{\"kind\": \"margin_offset\", \"exact\": false, \"cases\": []}", "v.json: exact: is false")]
    [InlineData("{\"kind\": \"margin_offset\", \"exact\": true, \"absoluteTolerance\": 1, \"cases\": []}", "choose one")]
    [InlineData("{\"kind\": \"margin_offset\", \"absoluteTolerance\": -1, \"cases\": []}", "v.json: absoluteTolerance: is -1")]
    [InlineData("{\"kind\": \"margin_offset\", \"absoluteTolerance\": 1e999, \"cases\": []}", "finite number")]
    [InlineData("{\"kind\": \"margin_offset\", \"exact\": true, \"cases\": [{\"groupMargins\": [1, \"NaN\"], \"jointMargin\": 1, \"margin\": 1}]}", "v.json: cases[0].groupMargins[1]: is a string")]
    [InlineData("{\"kind\": \"margin_offset\", \"exact\": true, \"cases\": [{\"groupMargins\": [1, NaN], \"jointMargin\": 1, \"margin\": 1}]}", "no JSON")]
    public void A_broken_file_is_refused_with_its_place(string json, string message) =>
        Should.Throw<VectorFormatException>(() => Check(json, "v.json")).Message.ShouldContain(message);

    [Fact]
    public void Lists_may_be_empty() =>
        Check("{\"kind\": \"margin_offset\", \"exact\": true, \"cases\": [{\"groupMargins\": [], \"jointMargin\": 0, \"margin\": 0}]}", "v.json").Status.ShouldBe(VectorStatus.Passed);

    [Fact]
    public void A_number_outside_its_tolerance_is_a_miss()
    {
        var report = Check("{\"kind\": \"margin_offset\", \"relativeTolerance\": 1e-6, \"cases\": [{\"groupMargins\": [100], \"jointMargin\": 100, \"margin\": 100.00011}]}", "v.json");

        report.Status.ShouldBe(VectorStatus.Missed);
        Check("{\"kind\": \"margin_offset\", \"relativeTolerance\": 1e-6, \"cases\": [{\"groupMargins\": [100], \"jointMargin\": 100, \"margin\": 100.00009}]}", "v.json")
            .Status.ShouldBe(VectorStatus.Passed);
    }

    [Fact]
    public void What_the_engine_refuses_names_the_case()
    {
        var json = Json("assignment.json").Replace("\"lots\": 7", "\"lots\": 70", StringComparison.Ordinal);

        Should.Throw<VectorFormatException>(() => Check(json, "v.json")).Message
            .ShouldBe("v.json: cases[0]: the engine refuses this input: 70 lots cannot be assigned to positions short 9 in all");
    }

    [Fact]
    public void Trades_of_a_day_that_is_not_settled_are_refused() =>
        Should.Throw<VectorFormatException>(() => Check(Json("variation_margin.json").Replace("\"day\": \"d1\",\n   \"buyer\"", "\"day\": \"d9\",\n   \"buyer\"", StringComparison.Ordinal), "v.json"))
            .Message.ShouldBe("v.json: trades[0]: day is \"d9\", which \"days\" does not list");

    /// <summary>The field names of a file but those of ids, which are data, and the remarks, which may be left out.</summary>
    private static string[] Names(string file)
    {
        using var document = System.Text.Json.JsonDocument.Parse(Json(file));
        var names = new SortedSet<string>(StringComparer.Ordinal);
        Walk(document.RootElement);
        return [.. names];

        void Walk(System.Text.Json.JsonElement element)
        {
            foreach (var item in element.ValueKind == System.Text.Json.JsonValueKind.Array ? element.EnumerateArray().ToArray() : [])
            {
                Walk(item);
            }

            foreach (var property in element.ValueKind == System.Text.Json.JsonValueKind.Object ? element.EnumerateObject().ToArray() : [])
            {
                if (property.Name is not ("rule" or "units" or "sign" or "name") && char.IsAsciiLetterLower(property.Name[0]) && property.Name != "s")
                {
                    names.Add(property.Name);
                }

                Walk(property.Value);
            }
        }
    }

    private static string Json(string file) => File.ReadAllText(Path.Combine(Folder, file));

    private static VectorReport Check(string json, string file) => VectorCheck.Text(json, file, new VectorData(Folder));
}
