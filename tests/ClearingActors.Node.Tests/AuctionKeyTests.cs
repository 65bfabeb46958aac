using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Node.Settings;

namespace ClearingActors.Node.Tests;

/// <summary>The key that seals bids: made once, read by its owner alone, and never replaced.</summary>
public sealed class AuctionKeyTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _folder = RunningNode.NewFolder();

    private string KeyFile => Path.Combine(_folder, "clearing.journal.auction-key");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task the_first_start_makes_it_beside_the_journal_and_the_next_one_reads_it()
    {
        await using (await RunningNode.StartAsync(folder: _folder, define: false))
        {
            Directory.GetFiles(_folder, "*auction-key*").ShouldBe([KeyFile], "nothing half-made is left");
        }

        var key = await File.ReadAllBytesAsync(KeyFile, TestContext.Current.CancellationToken);
        key.Length.ShouldBe(32);
        key.ShouldContain(b => b != 0);
        Mode(KeyFile).ShouldBe(OwnerOnly);
        await using (await RunningNode.StartAsync(folder: _folder, define: false))
        {
            (await File.ReadAllBytesAsync(KeyFile, TestContext.Current.CancellationToken)).ShouldBe(key);
        }
    }

    [Fact]
    public async Task it_is_made_where_the_settings_say()
    {
        await using var node = await RunningNode.StartAsync(s => s with { AuctionKeyFile = "keys/auction" }, _folder, define: false);
        File.Exists(KeyFile).ShouldBeFalse();
        Mode(Path.Combine(_folder, "keys", "auction")).ShouldBe(OwnerOnly);
    }

    [Fact]
    public void with_PostgreSQL_there_is_none_unless_a_file_is_named()
    {
        var settings = new NodeSettings { DataDirectory = _folder, Journal = new JournalSettings { Store = JournalStoreKind.Postgres } };
        settings.AuctionKeyPath.ShouldBeNull();
        (settings with { AuctionKeyFile = "key" }).AuctionKeyPath.ShouldBe(Path.Combine(_folder, "key"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public async Task a_file_of_another_length_keeps_the_node_from_starting_and_is_left_as_it_is(int length)
    {
        await File.WriteAllBytesAsync(KeyFile, new byte[length], TestContext.Current.CancellationToken);
        SetMode(KeyFile, OwnerOnly);

        var error = await Should.ThrowAsync<NodeSettingsException>(() => RunningNode.StartAsync(folder: _folder, define: false));

        error.Message.ShouldStartWith($"the auction key {KeyFile} has {length} bytes; 32 are needed");
        (await File.ReadAllBytesAsync(KeyFile, TestContext.Current.CancellationToken)).Length.ShouldBe(length);
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public async Task a_file_that_others_may_use_keeps_the_process_from_starting_with_2(UnixFileMode more)
    {
        var data = Path.Combine(_folder, "data");
        Directory.CreateDirectory(data);
        var file = Path.Combine(data, "clearing.journal.auction-key");
        await File.WriteAllBytesAsync(file, new byte[32], TestContext.Current.CancellationToken);
        SetMode(file, OwnerOnly | more);

        var (code, errors) = await NodeProcess.RunAsync(NodeProcess.WriteSettings(_folder), data);

        code.ShouldBe(NodeHost.NotStarted);
        errors.ShouldStartWith($"error: the auction key {file} has the mode 6");
        errors.ShouldContain($"chmod 600 {file}");
    }

    [Fact]
    public async Task a_file_that_cannot_be_made_is_told_with_the_setting()
    {
        var error = await Should.ThrowAsync<NodeSettingsException>(() => RunningNode.StartAsync(s => s with { AuctionKeyFile = "/proc/none/key" }, _folder, define: false));
        error.Message.ShouldStartWith("the auction key /proc/none/key cannot be used");
        error.Message.ShouldContain("set auctionKeyFile");

        // The journal is free again.
        await using var node = await RunningNode.StartAsync(folder: _folder, define: false);
        (await node.As(House.Operator).OperateAsync<GetStatusRequest, GetStatusResponse>(new())).ShouldNotBeNull();
    }

    private static UnixFileMode Mode(string path) => OperatingSystem.IsWindows() ? OwnerOnly : File.GetUnixFileMode(path);

    private static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }
    }
}
