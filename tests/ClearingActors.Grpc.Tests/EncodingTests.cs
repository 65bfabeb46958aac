namespace ClearingActors.Grpc.Tests;

/// <summary>The small texts of the protocol.</summary>
public sealed class EncodingTests
{
    [Theory]
    [InlineData(0, "1n")]
    [InlineData(-5, "1n")]
    [InlineData(1, "100n")]
    [InlineData(999_999, "99999900n")]
    [InlineData(1_000_000, "100000u")]
    [InlineData(1_000_001, "100001u")]
    [InlineData(TimeSpan.TicksPerHour, "3600000m")]
    [InlineData(TimeSpan.TicksPerDay * 1_000, "86400000S")]
    [InlineData(long.MaxValue, "99999999H")]
    public void a_timeout_is_written_in_the_finest_unit_that_fits_and_rounded_up(long ticks, string expected)
    {
        GrpcTimeout.Encode(new TimeSpan(ticks)).ShouldBe(expected);
    }

    [Theory]
    [InlineData("1n", 1)]
    [InlineData("100n", 1)]
    [InlineData("101n", 2)]
    [InlineData("1u", 10)]
    [InlineData("1m", TimeSpan.TicksPerMillisecond)]
    [InlineData("00000001S", TimeSpan.TicksPerSecond)]
    [InlineData("2M", 2 * TimeSpan.TicksPerMinute)]
    [InlineData("3H", 3 * TimeSpan.TicksPerHour)]
    [InlineData("99999999H", 99_999_999 * TimeSpan.TicksPerHour)]
    public void a_timeout_is_read_in_each_unit(string text, long ticks)
    {
        GrpcTimeout.TryDecode(text, out TimeSpan timeout).ShouldBeTrue();
        timeout.Ticks.ShouldBe(ticks);
    }

    [Theory]
    [InlineData("")]
    [InlineData("S")]
    [InlineData("1")]
    [InlineData("1s")]
    [InlineData("+1S")]
    [InlineData(" 1S")]
    [InlineData("1.5S")]
    [InlineData("123456789S")]
    public void a_text_that_is_no_timeout_is_refused(string text) => GrpcTimeout.TryDecode(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("plain ASCII~", "plain ASCII~")]
    [InlineData("100%", "100%25")]
    [InlineData("a\nb", "a%0Ab")]
    [InlineData("ü€😀", "%C3%BC%E2%82%AC%F0%9F%98%80")]
    [InlineData("\u007f", "%7F")]
    public void a_status_text_is_percent_encoded_and_read_back(string text, string encoded)
    {
        StatusMessage.Encode(text).ShouldBe(encoded);
        StatusMessage.Decode(encoded).ShouldBe(text);
    }

    [Theory]
    [InlineData("%", "%")]
    [InlineData("50% of", "50% of")]
    [InlineData("%4", "%4")]
    [InlineData("%zz%41", "%zzA")]
    [InlineData("%e2%82%ac", "€")]
    public void a_status_text_with_broken_escapes_is_kept_as_far_as_it_goes(string encoded, string text) => StatusMessage.Decode(encoded).ShouldBe(text);

    [Fact]
    public void metadata_takes_no_key_or_value_that_could_not_be_sent()
    {
        var metadata = new Metadata();
        Should.Throw<ArgumentException>(() => metadata.Add("", "v"));
        Should.Throw<ArgumentException>(() => metadata.Add("with space", "v"));
        Should.Throw<ArgumentException>(() => metadata.Add(":path", "v"));
        Should.Throw<ArgumentException>(() => metadata.Add("grpc-status", "0"));
        Should.Throw<ArgumentException>(() => metadata.Add("key", "line\nbreak"));
        Should.Throw<ArgumentException>(() => metadata.Add("key", "größe"));
        Should.Throw<ArgumentException>(() => metadata.Add("key-bin", "text"));
        Should.Throw<ArgumentException>(() => metadata.Add("key", new byte[1]));
        metadata.Count.ShouldBe(0);
        metadata.Add("Key", "v");
        metadata.Get("KEY").ShouldBe("v");
    }
}
