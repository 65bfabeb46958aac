using System.Collections.Concurrent;
using ClearingActors.Domain.Parties;
using ClearingActors.Journal;
using ClearingActors.Node.Audit;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Watch;

namespace ClearingActors.Node.Tests;

/// <summary>How timelines read the journal beside those who need it more.</summary>
public sealed class AccountTimelinesTests : IAsyncLifetime
{
    private const long Head = 100_000;
    private const int RowBytes = 1 << 20;

    private static readonly AccountId Account = AccountId.Parse("A-HOUSE");
    private static readonly Principal Viewer = new("viewer:v1", Roles.Viewer, [], [], []);

    private RunningNode _node = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _node = await RunningNode.StartAsync(define: false);

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task Two_read_the_journal_and_the_others_wait()
    {
        using var gate = new ManualResetEventSlim();
        var journal = new EmptyTurns(gate.Wait);
        var timelines = Timelines(journal, new ReadBudget(long.MaxValue / 4, TimeProvider.System));
        var reads = Enumerable.Range(0, 10).Select(i => timelines.ReadAsync(Viewer, Account, Head - i, 50, Cancellation)).ToList();
        await Patience.UntilAsync(() => Task.FromResult(journal.Reading == AccountTimelines.AtOnce), "two read");

        // One has to end before another begins.
        gate.Set();
        await Task.WhenAll(reads).Within();

        journal.MostReading.ShouldBe(AccountTimelines.AtOnce);
    }

    [Fact]
    public async Task What_is_read_is_paid_for_before_more_is_and_who_gives_up_reads_no_further()
    {
        var journal = new EmptyTurns(() => { });

        // The first chunk is paid for in a day.
        var timelines = Timelines(journal, new ReadBudget(1_000, TimeProvider.System));
        using var givesUp = new CancellationTokenSource();
        var read = timelines.ReadAsync(Viewer, Account, 0, 50, givesUp.Token);
        await Patience.UntilAsync(() => Task.FromResult(journal.Chunks.Count == 1 && journal.Reading == 0), "a chunk is read");
        await givesUp.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => read.Within());

        journal.Chunks.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Who_gives_up_is_not_read_for_to_the_end_of_the_chunk()
    {
        using var givesUp = new CancellationTokenSource();
        var rows = 0;
        var journal = new EmptyTurns(() =>
        {
            if (++rows == 3)
            {
                givesUp.Cancel();
            }
        });
        var timelines = Timelines(journal, new ReadBudget(long.MaxValue / 4, TimeProvider.System));

        await Should.ThrowAsync<OperationCanceledException>(() => timelines.ReadAsync(Viewer, Account, 0, 50, givesUp.Token).Within());
        await Patience.UntilAsync(() => Task.FromResult(journal.Reading == 0), "the reader has ended");

        rows.ShouldBe(3);
    }

    private AccountTimelines Timelines(IJournalStore journal, ReadBudget budget)
    {
        var heads = new DurableHeads(8);
        heads.Advance(_node.Node.Engine.ShardOf(Account), Head);
        return new AccountTimelines(_node.Node.Engine, journal, heads, budget);
    }

    /// <summary>A long log in which nothing is of the account.</summary>
    private sealed class EmptyTurns(Action atRow) : IJournalStore
    {
        private readonly ReadOnlyMemory<byte> _payload = new byte[RowBytes];
        private int _reading;
        private int _mostReading;

        internal ConcurrentQueue<(long After, long UpTo)> Chunks { get; } = new();

        internal int Reading => Volatile.Read(ref _reading);

        internal int MostReading => Volatile.Read(ref _mostReading);

        public JournalIdentity Identity => throw new NotSupportedException();

        public IEnumerable<JournalRow> ReadShard(int shard, long afterPosition, long upToPosition)
        {
            var now = Interlocked.Increment(ref _reading);
            for (var most = MostReading; most < now; most = MostReading)
            {
                Interlocked.CompareExchange(ref _mostReading, now, most);
            }

            try
            {
                Chunks.Enqueue((afterPosition, upToPosition));
                for (var position = afterPosition + 1; position <= upToPosition; position++)
                {
                    atRow();
                    yield return new JournalRow(shard, position, 1, position, _payload, default);
                }
            }
            finally
            {
                Interlocked.Decrement(ref _reading);
            }
        }

        public IReadOnlyList<ShardHead> ReadHeads() => throw new NotSupportedException();

        public IReadOnlyList<SnapshotRecord> ReadSnapshots(int shard) => throw new NotSupportedException();

        public ReadOnlyMemory<byte> ReadSnapshotPart(int shard, ReadOnlyMemory<byte> hash) => throw new NotSupportedException();

        public AppendResult Append(IReadOnlyList<JournalRow> rows) => throw new NotSupportedException();

        public ShardHead TakeOver(int shard, string owner) => throw new NotSupportedException();

        public void RaiseFeatureLevel(int level) => throw new NotSupportedException();

        public void WriteSnapshot(SnapshotRecord snapshot, IReadOnlyList<SnapshotPart> newParts) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
