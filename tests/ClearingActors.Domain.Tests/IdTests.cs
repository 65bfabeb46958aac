using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Tests;

public sealed class IdTests
{
    [Theory]
    [InlineData("A")]
    [InlineData("a.B_c-9")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123")]
    public void An_id_of_1_to_64_allowed_characters_is_read(string text)
    {
        TradeId.TryParse(text, out var id).ShouldBeTrue();
        id.Value.ShouldBe(text);
        id.ShouldBe(TradeId.Parse(text));
        id.GetHashCode().ShouldBe(TradeId.Parse(text).GetHashCode());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("ä")]
    [InlineData("01234567890123456789012345678901234567890123456789012345678901234")]
    public void Anything_else_is_refused_with_the_value_and_the_rule(string? text)
    {
        TradeId.TryParse(text, out var id).ShouldBeFalse();
        id.IsNone.ShouldBeTrue();
        var message = Should.Throw<FormatException>(() => TradeId.Parse(text)).Message;
        message.ShouldContain("trade id");
        message.ShouldContain(text is null ? "null" : text);
        message.ShouldContain("1 to 64 characters of A-Z a-z 0-9 . _ -");
    }

    [Fact]
    public void Ids_compare_by_bytes_and_not_by_culture()
    {
        AccountId[] ids = [AccountId.Parse("b"), AccountId.Parse("B"), AccountId.Parse("a-"), AccountId.Parse("a."), AccountId.Parse("a0")];
        Array.Sort(ids);
        string.Join(' ', ids).ShouldBe("B a- a. a0 b");
        (AccountId.Parse("x") == AccountId.Parse("X")).ShouldBeFalse();
        default(AccountId).ShouldNotBe(AccountId.Parse("x"));
    }
}
