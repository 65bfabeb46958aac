using ClearingActors.Actors.Wire;

namespace ClearingActors.Actors.Tests;

public sealed class WireTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void Numbers_are_read_as_written(long value)
    {
        var writer = new WireWriter(1);
        writer.Field(1, value);
        writer.FieldZigZag(2, value);
        writer.FieldFixed64(3, unchecked((ulong)value));
        writer.Field(4, true);
        var seen = new Dictionary<int, long>();
        var reader = new WireReader(writer.Written);
        while (reader.Next())
        {
            seen[reader.Number] = reader.Number switch { 2 => reader.ZigZag, 3 => unchecked((long)reader.UInt64), 4 => reader.Bool ? 1 : 0, _ => reader.Int64 };
        }

        for (var field = 1; field <= 3; field++)
        {
            seen.GetValueOrDefault(field).ShouldBe(value);
        }

        seen[4].ShouldBe(1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(42)]
    [InlineData(43)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(16_383)]
    [InlineData(16_384)]
    [InlineData(2_097_152)]
    public void Nested_messages_of_every_length_are_read_as_written(int length)
    {
        var text = string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + (i % 26))));
        var writer = new WireWriter(1);
        var outer = writer.Begin(1);
        var inner = writer.Begin(2);
        writer.Field(3, text);
        writer.End(inner);
        writer.Field(4, 7L);
        writer.End(outer);
        writer.Field(5, new byte[] { 1, 2, 3 });

        var reader = new WireReader(writer.Written);
        reader.Next().ShouldBeTrue();
        var first = new WireReader(reader.Bytes);
        first.Next().ShouldBeTrue();
        var second = new WireReader(first.Bytes);
        second.Next().ShouldBe(length > 0);
        (length > 0 ? second.String : "").ShouldBe(text);
        first.Next().ShouldBeTrue();
        first.Int32.ShouldBe(7);
        reader.Next().ShouldBeTrue();
        reader.Bytes.ToArray().ShouldBe([1, 2, 3]);
        reader.Next().ShouldBeFalse();
    }

    [Fact]
    public void Text_beyond_ascii_is_read_as_written()
    {
        foreach (var text in new[] { "Zürich", new string('€', 42), new string('€', 43), "\U0001F4B6" })
        {
            var writer = new WireWriter(1);
            writer.Field(1, text);
            var reader = new WireReader(writer.Written);
            reader.Next().ShouldBeTrue();
            reader.String.ShouldBe(text);
        }
    }

    [Theory]
    [InlineData("08")]
    [InlineData("0880")]
    [InlineData("08ffffffffffffffffffff01")]
    [InlineData("0a05aabb")]
    [InlineData("0affffffff7f")]
    [InlineData("0affffffffffffffffff01")]
    [InlineData("0901020304")]
    [InlineData("0d0102")]
    [InlineData("0b")]
    [InlineData("0c")]
    [InlineData("0e")]
    [InlineData("0f")]
    [InlineData("0001")]
    [InlineData("0201aa")]
    public void Malformed_input_is_refused_as_such(string hex) => Should.Throw<InvalidDataException>(() => ReadAll(Convert.FromHexString(hex)));

    [Fact]
    public void Any_bytes_are_read_or_refused_and_nothing_else()
    {
        var random = new Random(4711);
        var refused = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = new byte[random.Next(24)];
            random.NextBytes(bytes);
            try
            {
                ReadAll(bytes);
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        refused.ShouldBeInRange(1, 19_999);
    }

    [Fact]
    public void A_value_of_another_kind_is_refused()
    {
        var writer = new WireWriter();
        writer.Field(1, 1L);
        writer.Field(2, "text");
        writer.Field(3, long.MaxValue);
        Should.Throw<InvalidDataException>(() =>
        {
            var reader = new WireReader(writer.Written);
            reader.Next();
            return reader.Bytes.Length;
        });
        Should.Throw<InvalidDataException>(() =>
        {
            var reader = new WireReader(writer.Written);
            reader.Next();
            reader.Next();
            return reader.Int64;
        });
        Should.Throw<InvalidDataException>(() =>
        {
            var reader = new WireReader(writer.Written);
            reader.Next();
            reader.Next();
            reader.Next();
            return reader.Int32;
        });
    }

    private static void ReadAll(byte[] bytes)
    {
        var reader = new WireReader(bytes);
        while (reader.Next())
        {
            reader.Number.ShouldBePositive();
        }
    }
}
