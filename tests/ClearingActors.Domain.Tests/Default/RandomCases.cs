using ClearingActors.Domain.Default;

namespace ClearingActors.Domain.Tests.Default;

/// <summary>Thousands of random cases from fixed seeds, so that a failure is found again: the message holds the seed.</summary>
internal static class RandomCases
{
    private static readonly string[] Ids = ["A", "B", "C", "D", "E", "F", "G", "H"];

    public static void Run(int cases, Action<Random> check)
    {
        for (var seed = 0; seed < cases; seed++)
        {
            try
            {
                check(new Random(seed));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}: {e.Message}", e);
            }
        }
    }

    /// <summary>Mostly small amounts with many zeros and ties, sometimes the largest there are.</summary>
    public static long Amount(Random random) => random.Next(8) switch
    {
        0 => 0,
        1 => random.NextInt64(long.MaxValue),
        2 => long.MaxValue,
        _ => random.Next(40),
    };

    /// <summary>Small, so that a slow reference can count it out.</summary>
    public static LayerMember[] SmallMembers(Random random, bool amountIsWeight) =>
        [.. Some(random).Select(id => random.Next(12) is var amount && amountIsWeight ? new LayerMember(id, amount) : new LayerMember(id, amount, random.Next(5)))];

    public static LayerMember[] Members(Random random) => [.. Some(random).Select(id => random.Next(3) > 0 ? new LayerMember(id, Amount(random)) : new LayerMember(id, Amount(random), Amount(random)))];

    public static T[] Shuffled<T>(Random random, IEnumerable<T> items)
    {
        T[] shuffled = [.. items];
        random.Shuffle(shuffled);
        return shuffled;
    }

    public static string[] Some(Random random) => Shuffled(random, Ids)[..random.Next(Ids.Length + 1)];
}
