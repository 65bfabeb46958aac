using System.Text;
using ClearingActors.Journal.Proofs;

namespace ClearingActors.Journal.Tests.Proofs;

/// <summary>The file outside: what a crash or a full disk leaves of a checkpoint is none, and the next one stands where it should.</summary>
public sealed class CheckpointFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clearing-checkpoint-file-");
    private readonly CheckpointKey _key = CheckpointKey.Create();

    private string FilePath => Path.Combine(_folder.FullName, "checkpoints");

    [Fact]
    public void At_whatever_byte_a_write_ends_the_next_start_has_the_whole_ones_and_goes_on()
    {
        var first = Make(1, null);
        var second = Make(2, first);
        using (var file = CheckpointFile.Open(FilePath))
        {
            file.Append(first);
            file.Append(second);
        }

        var whole = File.ReadAllBytes(FilePath);
        var begin = first.Text.Length + 1;
        for (var length = begin; length < whole.Length; length++)
        {
            File.WriteAllBytes(FilePath, whole[..length]);
            CheckpointFile.Read(FilePath).Count().ShouldBe(1);
            using var file = CheckpointFile.Open(FilePath);
            file.Last!.Checkpoint.Number.ShouldBe(1);
            file.Append(second);
            file.Last.Checkpoint.Number.ShouldBe(2);
        }

        File.ReadAllBytes(FilePath).ShouldBe(whole);
    }

    [Fact]
    public void What_a_full_disk_refused_leaves_nothing_behind_and_is_appended_when_there_is_room()
    {
        using var disk = SmallDisk.MountOrSkip(_folder.FullName, 1);
        var path = Path.Combine(disk.Path, "checkpoints");
        var ballast = Path.Combine(disk.Path, "ballast");
        var all = new List<SignedCheckpoint> { Make(1, null) };
        using (var file = CheckpointFile.Open(path))
        {
            file.Append(all[0]);
            using (var fill = new FileStream(ballast, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                Should.Throw<IOException>(() =>
                {
                    while (true)
                    {
                        fill.Write(new byte[4096]);
                    }
                });
            }

            // As many as fit the file's last page; then one that does not, again and again.
            while (true)
            {
                var next = Make(all.Count + 1, all[^1]);
                try
                {
                    file.Append(next);
                    all.Add(next);
                }
                catch (IOException)
                {
                    break;
                }
            }

            var refused = Make(all.Count + 1, all[^1]);
            Should.Throw<IOException>(() => file.Append(refused));
            CheckpointFile.Read(path).Select(c => c.Checkpoint.Number).ShouldBe(all.Select(c => c.Checkpoint.Number));
            File.Delete(ballast);
            file.Append(refused);
            all.Add(refused);
        }

        CheckpointFile.Read(path).Select(c => c.Text.ToArray()).ShouldBe(all.Select(c => c.Text.ToArray()));
    }

    [Fact]
    public void Something_else_in_the_file_is_named_with_its_line()
    {
        File.WriteAllBytes(FilePath, [.. Make(1, null).Text.Span, .. "\nnonsense\n\n"u8]);

        Should.Throw<FormatException>(() => CheckpointFile.Open(FilePath)).Message.ShouldContain("line 13: line 1 of the checkpoint is \"nonsense\"");
        Encoding.ASCII.GetString(File.ReadAllBytes(FilePath)).ShouldEndWith("nonsense\n\n", Case.Sensitive, "it is left as it is");
    }

    public void Dispose()
    {
        _key.Dispose();
        _folder.Delete(recursive: true);
    }

    private SignedCheckpoint Make(long number, SignedCheckpoint? before)
    {
        var signed = new Checkpoint
        {
            Journal = Guid.Empty,
            Generation = 1,
            Number = number,
            Time = number,
            Previous = before?.Hash() ?? Checkpoint.None,
            Key = _key.Id,
            Receipts = 0,
            ReceiptsRoot = new ReceiptTrees(1).Root(),
            Shards = [new ShardTree(0, MerkleTree.EmptyRoot.ToArray())],
        }.ToSignedBytes();
        return Checkpoint.Parse(Checkpoint.WithSignature(signed, _key.Sign(signed)));
    }
}
