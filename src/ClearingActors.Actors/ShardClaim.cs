using ClearingActors.Actors.Fabric;
using ClearingActors.Journal;

namespace ClearingActors.Actors;

/// <summary>
/// How a running node takes a shard: a new epoch on the writer's thread, then the load on the worker's. What the writer still holds under the older epochs is refused
/// from then on, since it was decided upon a state that the takeover has made void.
/// </summary>
internal static class ShardClaim
{
    /// <summary>Claims the shard; it works when the worker has adopted it.</summary>
    /// <param name="notTaken">
    /// Called on the writer's or the worker's thread when the store could not raise the epoch, or could not be read; whoever claims tries again.
    /// </param>
    internal static void Submit(JournalWriter writer, Worker worker, int shard, string owner, Means means, Action<JournalException> notTaken) => writer.Submit(store =>
    {
        ShardHead head;
        try
        {
            head = store.TakeOver(shard, owner);
        }
        catch (JournalException error)
        {
            notTaken(error);
            return;
        }

        writer.Regained(shard, head.Epoch);
        worker.Post(() =>
        {
            Shard loaded;
            try
            {
                loaded = ShardLoader.Load(store, head, means.Program, means.Book, means.Options, means.Observer, worker.Poison(shard, head.Epoch));
            }
            catch (JournalException error) when (error.IsTransient)
            {
                notTaken(error);
                return;
            }
            catch (Exception error) when (error is InvalidDataException or InvalidOperationException or JournalException)
            {
                // The log cannot be replayed: nothing may be decided upon such a state.
                means.Observer.ShardLost(shard, head.Epoch, ShardLoss.StepFailed, error);
                return;
            }

            worker.Adopt(loaded);
        });
    });

    /// <summary>What a load needs besides the store.</summary>
    internal sealed record Means(IShardProgram Program, AddressBook Book, RuntimeOptions Options, IRuntimeObserver Observer);
}
