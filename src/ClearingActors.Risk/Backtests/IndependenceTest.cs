namespace ClearingActors.Risk.Backtests;

/// <summary>
/// Do exceptions come one by one or in clusters? P. Christoffersen, Evaluating interval forecasts, International Economic Review 39 (1998); rulebook 9. It compares
/// the frequency of an exception after an exception with the frequency after none.
/// </summary>
public static class IndependenceTest
{
    /// <summary>-2 ln of the likelihood of one frequency over the likelihood of two, on the transitions from each observation to the next.</summary>
    /// <param name="exceptions">One per observation, in order of time; 1 or more.</param>
    /// <exception cref="ArgumentException">No observation.</exception>
    public static LikelihoodRatioTest Of(IReadOnlyList<bool> exceptions)
    {
        if (exceptions.Count == 0)
        {
            throw new ArgumentException("independence needs one observation at least", nameof(exceptions));
        }

        Span<long> transitions = stackalloc long[4];
        for (var i = 1; i < exceptions.Count; i++)
        {
            transitions[(exceptions[i - 1] ? 2 : 0) + (exceptions[i] ? 1 : 0)]++;
        }

        var (stayed, entered, left, repeated) = (transitions[0], transitions[1], transitions[2], transitions[3]);
        var one = OfSplit(stayed + left, entered + repeated);
        var two = OfSplit(stayed, entered) + OfSplit(left, repeated);
        return LikelihoodRatioTest.Of(-2.0 * (one - two));
    }

    /// <summary>The same for exceptions given by their places.</summary>
    /// <param name="observations">1 or more.</param>
    /// <param name="exceptionIndices">From 0, strictly ascending, below the observations.</param>
    /// <exception cref="ArgumentException">A place is out of range or out of order.</exception>
    public static LikelihoodRatioTest Of(int observations, IReadOnlyList<int> exceptionIndices)
    {
        if (observations is < 1 or > BacktestGuard.MaxObservations)
        {
            throw new ArgumentOutOfRangeException(nameof(observations), observations, $"1 to {BacktestGuard.MaxObservations} is allowed");
        }

        var exceptions = new bool[observations];
        for (var i = 0; i < exceptionIndices.Count; i++)
        {
            var place = exceptionIndices[i];
            if (place < 0 || place >= observations || (i > 0 && place <= exceptionIndices[i - 1]))
            {
                throw new ArgumentException($"exception {i} is at {place}; 0 to {observations - 1} in strictly ascending order is allowed", nameof(exceptionIndices));
            }

            exceptions[place] = true;
        }

        return Of(exceptions);
    }

    private static double OfSplit(long without, long with)
    {
        var all = without + with;
        return all == 0
            ? 0.0
            : LikelihoodRatioTest.LogLikelihood(without, (double)without / all) + LikelihoodRatioTest.LogLikelihood(with, (double)with / all);
    }
}
