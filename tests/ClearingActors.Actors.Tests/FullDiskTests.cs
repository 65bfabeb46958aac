using ClearingActors.Journal;

namespace ClearingActors.Actors.Tests;

public sealed class FullDiskTests
{
    [Fact]
    public async Task Commands_are_refused_while_the_disk_is_full_and_what_was_taken_before_is_done_when_there_is_room()
    {
        var full = true;
        var journal = new ModelJournal(new JournalIdentity(Guid.NewGuid(), 1, 2, 1));
        using var store = journal.Open(new JournalOpenOptions(2, 1), _ => Volatile.Read(ref full) ? ModelFault.Full : ModelFault.None);
        var observer = new ToyNode();
        using var runtime = new ActorRuntime(
            store, new ToyProgram(), new AddressBook(2, static _ => "toy"), new RuntimeOptions { Workers = 1, FullDiskRetry = TimeSpan.FromMilliseconds(1) }, TimeProvider.System, observer, "toy");
        runtime.Start();
        var taken = runtime.AskAsync<object>(new DoCommand(new Order(ToyNode.At(0), Deed.Add, 5)));
        while (!runtime.DiskFull)
        {
            await Task.Delay(1);
        }

        var refused = await Should.ThrowAsync<CommandFailedException>(() => runtime.AskAsync<object>(new DoCommand(new Order(ToyNode.At(0), Deed.Add, 7))));
        refused.Kind.ShouldBe(CommandFailureKind.ResourceExhausted);
        taken.IsCompleted.ShouldBeFalse();
        (await runtime.AskAsync<object>(new ReadCommand(ToyNode.At(1)))).ShouldBe(0L);
        Volatile.Write(ref full, false);
        (await taken).ShouldBe(5L);
        (await runtime.AskAsync<object>(new ReadCommand(ToyNode.At(0)))).ShouldBe(5L);
    }
}
