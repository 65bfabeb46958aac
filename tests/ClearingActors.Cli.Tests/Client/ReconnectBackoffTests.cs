using ClearingActors.Client;

namespace ClearingActors.Cli.Tests.Client;

public sealed class ReconnectBackoffTests
{
    [Fact]
    public void Delays_double_up_to_the_longest()
    {
        var backoff = new ReconnectBackoff { First = TimeSpan.FromMilliseconds(50), Longest = TimeSpan.FromSeconds(1), JitterShare = 0 };

        Enumerable.Range(1, 7).Select(n => backoff.DelayAfter(n).TotalMilliseconds).ShouldBe([50, 100, 200, 400, 800, 1000, 1000]);
        backoff.DelayAfter(int.MaxValue).ShouldBe(TimeSpan.FromSeconds(1));
    }

    [Theory]
    [InlineData(0.0, 100)]
    [InlineData(0.5, 75)]
    [InlineData(0.999, 50.05)]
    public void Chance_takes_off_at_most_its_share(double chance, double milliseconds)
    {
        var backoff = new ReconnectBackoff { First = TimeSpan.FromMilliseconds(100), JitterShare = 0.5, Chance = () => chance };

        backoff.DelayAfter(1).TotalMilliseconds.ShouldBe(milliseconds, 0.001);
    }

    [Fact]
    public void No_failure_no_delay() => Should.Throw<ArgumentOutOfRangeException>(() => new ReconnectBackoff().DelayAfter(0));
}
