using ClearingActors.Cli.Models;

namespace ClearingActors.Acceptance.Tests;

/// <summary>What is wrong in a file of a default's loss is named with its place.</summary>
public sealed class DefaultVectorTests
{
    private const string Waterfall =
        "{\"kind\": \"waterfall\", \"exact\": true, \"cases\": [{\"loss\": 7, \"layers\": [{\"layer\": \"capital\", \"amount\": 4}, {\"layer\": \"fund\", \"tiers\": [{\"A\": 1}, {\"A\": 5, \"B\": 5}]}], "
        + "\"used\": [{\"layer\": \"capital\", \"used\": 4}, {\"layer\": \"fund\", \"used\": 3, \"byMember\": {\"A\": 2, \"B\": 1}}], \"unallocated\": 0}]}";

    private const string Assessments =
        "{\"kind\": \"assessments\", \"exact\": true, \"cases\": [{\"amount\": 3, \"weights\": {\"A\": 1, \"B\": 1}, \"caps\": {\"A\": 1, \"B\": 9}, \"shares\": {\"A\": 1, \"B\": 2}, \"unplaced\": 0}]}";

    [Fact]
    public void A_member_of_several_tiers_is_summed()
    {
        var report = Check(Waterfall);

        report.Status.ShouldBe(VectorStatus.Passed);
        report.Quantities.Select(q => q.Quantity).ShouldBe(["used capital", "used fund", "fund A", "fund B", "unallocated"]);
    }

    [Fact]
    public void A_layer_that_is_not_used_need_not_list_its_members()
    {
        var json = Waterfall.Replace("\"loss\": 7", "\"loss\": 4", StringComparison.Ordinal)
            .Replace("\"used\": 3, \"byMember\": {\"A\": 2, \"B\": 1}", "\"used\": 0", StringComparison.Ordinal);

        Check(json).Status.ShouldBe(VectorStatus.Passed);
    }

    [Theory]
    [InlineData("{\"A\": 2, \"B\": 1}", "{\"A\": 1, \"B\": 2}")]
    [InlineData("\"used\": 3", "\"used\": 2")]
    [InlineData("\"unallocated\": 0", "\"unallocated\": 1")]
    public void A_wrong_number_is_a_miss(string part, string wrong) => Check(Waterfall.Replace(part, wrong, StringComparison.Ordinal)).Status.ShouldBe(VectorStatus.Missed);

    [Theory]
    [InlineData("\"loss\": 7", "\"loss\": -7", "v.json: cases[0].loss: is -7; 0 or more is needed")]
    [InlineData("\"loss\": 7", "\"loss\": 9223372036854775808", "v.json: cases[0].loss: is 9223372036854775808; a whole number of 64 bits is needed")]
    [InlineData("\"loss\": 7", "\"loss\": 7.5", "a whole number of 64 bits")]
    [InlineData("\"loss\": 7, ", "", "v.json: cases[0]: field \"loss\" is missing")]
    [InlineData("\"amount\": 4", "\"amount\": -4", "v.json: cases[0].layers[0].amount: is -4")]
    [InlineData("\"B\": 5", "\"B\": -5", "v.json: cases[0].layers[1].tiers[1].B: is -5")]
    [InlineData("\"B\": 5", "\"A\": 5", "v.json: cases[0].layers[1].tiers[1]: field \"A\" is given twice")]
    [InlineData(", \"amount\": 4", "", "v.json: cases[0].layers[0]: layer capital has neither an amount nor members")]
    [InlineData("\"amount\": 4", "\"amount\": 4, \"members\": {}", "layer capital has amount and members")]
    [InlineData("{\"A\": 2, \"B\": 1}", "{\"A\": 2, \"B\": 1, \"C\": 0}", "v.json: cases[0].used[1].byMember: unknown field \"C\"")]
    [InlineData(", \"byMember\": {\"A\": 2, \"B\": 1}", "", "v.json: cases[0].used[1]: field \"byMember\" is missing")]
    [InlineData("\"used\": 4", "\"used\": 4, \"byMember\": {\"A\": 4}", "v.json: cases[0].used[0]: unknown field \"byMember\"")]
    [InlineData("{\"layer\": \"fund\", \"used\"", "{\"layer\": \"found\", \"used\"", "v.json: cases[0].used[1].layer: is \"found\"; fund is next")]
    [InlineData("{\"layer\": \"capital\", \"used\": 4}, ", "", "v.json: cases[0].used: has 1 layers; the 2 of \"layers\"")]
    [InlineData("\"layer\": \"fund\", \"tiers\"", "\"layer\": \"capital\", \"tiers\"", "layer capital is in the waterfall twice")]
    public void A_malformed_waterfall_is_refused_with_its_place(string part, string wrong, string message) => Refused(Waterfall, part, wrong, message);

    [Theory]
    [InlineData("\"weights\": {\"A\": 1", "\"weights\": {\"A\": -1", "v.json: cases[0].weights.A: is -1")]
    [InlineData("\"caps\": {\"A\": 1", "\"caps\": {\"A\": -1", "v.json: cases[0].caps.A: is -1")]
    [InlineData("\"amount\": 3", "\"amount\": -3", "v.json: cases[0].amount: is -3")]
    [InlineData("\"B\": 9", "\"C\": 9", "v.json: cases[0]: member C is in one of \"weights\" and \"caps\" only")]
    [InlineData(", \"B\": 9", "", "v.json: cases[0]: member B is in one")]
    [InlineData("\"B\": 2", "\"B\": 2, \"C\": 0", "v.json: cases[0].shares: unknown field \"C\"")]
    [InlineData("\"unplaced\": 0", "\"unplaced\": -1", "v.json: cases[0].unplaced: is -1")]
    public void A_malformed_assessment_is_refused_with_its_place(string part, string wrong, string message) => Refused(Assessments, part, wrong, message);

    private static void Refused(string json, string part, string wrong, string message)
    {
        json.ShouldContain(part, Case.Sensitive);
        Should.Throw<VectorFormatException>(() => Check(json.Replace(part, wrong, StringComparison.Ordinal))).Message.ShouldContain(message, Case.Sensitive);
    }

    private static VectorReport Check(string json) => VectorCheck.Text(json, "v.json", new VectorData(AppContext.BaseDirectory));
}
