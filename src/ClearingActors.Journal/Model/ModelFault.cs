namespace ClearingActors.Journal;

/// <summary>What goes wrong with one append to a <see cref="ModelJournal"/>.</summary>
public abstract record ModelFault
{
    private ModelFault()
    {
    }

    /// <summary>Nothing.</summary>
    public static ModelFault None { get; } = new Nothing();

    /// <summary>The store refuses before it writes: <see cref="AppendStatus.Failed"/>.</summary>
    public static ModelFault FailBefore { get; } = new Refusal(AppendStatus.Failed);

    /// <summary>There is no room: <see cref="AppendStatus.Full"/>.</summary>
    public static ModelFault Full { get; } = new Refusal(AppendStatus.Full);

    /// <summary>The rows become durable, as far as the fence lets them, but the answer is lost: <see cref="AppendStatus.Unknown"/> for every shard.</summary>
    public static ModelFault UnknownApplied { get; } = new AnswerLost(_ => true);

    /// <summary>Nothing becomes durable and the answer is lost: <see cref="AppendStatus.Unknown"/> for every shard.</summary>
    public static ModelFault UnknownNotApplied { get; } = new AnswerLost(_ => false);

    /// <summary>
    /// The named shards' rows become durable, as far as the fence lets them, and are answered for; of the others nothing becomes durable, and they are
    /// <see cref="AppendStatus.Unknown"/>.
    /// </summary>
    public static ModelFault Partial(IReadOnlySet<int> appliedShards) => new OnlySome(appliedShards);

    internal sealed record Nothing : ModelFault;

    internal sealed record Refusal(AppendStatus Status) : ModelFault;

    internal sealed record AnswerLost(Func<int, bool> Applied) : ModelFault;

    internal sealed record OnlySome(IReadOnlySet<int> Applied) : ModelFault;
}
