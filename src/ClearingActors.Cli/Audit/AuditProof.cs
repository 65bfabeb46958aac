using System.Globalization;
using ClearingActors.Audit.Proofs;
using ClearingActors.Audit.TimeTravel;
using ClearingActors.Contracts.Audit.V1;
using ClearingActors.Engine.Wire;
using ClearingActors.Journal.Proofs;

namespace ClearingActors.Cli.Audit;

/// <summary>Proofs on the command line.</summary>
internal static class AuditProof
{
    /// <summary>The proof of a trade's side.</summary>
    /// <exception cref="CommandException">There is no such trade, or nothing signs it yet.</exception>
    internal static byte[] OfTrade(ICheckpointStore journal, Prover prover, string trade, string? account, bool cancelled, CancellationToken cancellation)
    {
        var slash = trade.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || slash == trade.Length - 1)
        {
            throw new CommandException($"--trade {trade}: the source and the id are needed, as in XEUR/4711");
        }

        var wanted = new WantedTrade(trade[..slash], trade[(slash + 1)..], account ?? throw new CommandException("--account is needed: whose side of the trade is proved"), cancelled);
        if (new TradeFinder(journal).Find(wanted, null, long.MaxValue / 2, cancellation) is not var (shard, position))
        {
            throw new CommandException($"--trade {trade}: account {account} has no such {(cancelled ? "cancelled trade" : "trade")} in the journal; clearing audit show --trade {trade} tells what became of it");
        }

        return prover.ProveReceipt(shard, position, wanted.Is) is { } proof
            ? ProofFile.Write(proof)
            : throw new CommandException($"--trade {trade}: it stands in shard {shard}, position {position}, which no checkpoint covers yet; a running node makes one within seconds");
    }

    /// <summary>The proof of a row.</summary>
    /// <exception cref="CommandException">There is no such row, or nothing signs it yet.</exception>
    internal static byte[] OfRow(ICheckpointStore journal, Prover prover, string row)
    {
        var colon = row.IndexOf(':', StringComparison.Ordinal);
        if (colon < 1 || !int.TryParse(row.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var shard)
            || !long.TryParse(row.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var position))
        {
            throw new CommandException($"--row {row}: shard and position are needed, as in 3:1042");
        }

        var heads = journal.ReadHeads();
        if (shard >= heads.Count || position < 1 || position > heads[shard].Position)
        {
            throw new CommandException($"--row {row}: {(shard >= heads.Count ? $"the journal has the shards 0 to {heads.Count - 1}" : $"shard {shard} has the turns 1 to {heads[shard].Position}")}");
        }

        var checkpoint = prover.FirstCovering(shard, position) ?? throw new CommandException($"--row {row}: no checkpoint covers it yet; a running node makes one within seconds");
        return ProofFile.Write(prover.ProveRow(shard, position, checkpoint));
    }

    /// <summary>Checks a proof and says what it proves.</summary>
    /// <exception cref="CommandException">The file cannot be read.</exception>
    internal static int Verify(FileInfo file, PublicKeys keys, TextWriter output, TextWriter error)
    {
        try
        {
            if (file.Length > ProofFile.LargestBytes)
            {
                throw new CommandException($"{file} has {file.Length} bytes; a proof has at most {ProofFile.LargestBytes}");
            }

            var (receipt, row) = ProofFile.Read(File.ReadAllBytes(file.FullName));
            if (receipt is not null)
            {
                var (proved, by) = receipt.Verify(keys);
                Print(proved, by, output);
            }
            else
            {
                var by = row!.Verify(keys);
                output.WriteLine($"Proved: the row of shard {row.Row.Shard} at position {row.Row.Position}, recorded {AuditText.Time(row.Row.RecordedTime)}, {row.Row.Payload.Length:#,0} bytes.");
                PrintSigned(by, output);
            }

            return ExitCode.Ok;
        }
        catch (FormatException e)
        {
            error.WriteLine($"NOT PROVED: {e.Message}");
            return ExitCode.Failed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{file}: {e.Message}", e);
        }
    }

    /// <summary>Trusted keys of a file.</summary>
    /// <exception cref="CommandException">There are none in it.</exception>
    internal static PublicKeys ReadKeys(FileInfo file)
    {
        try
        {
            return PublicKeys.FromPem(File.ReadAllText(file.FullName));
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"--key {file}: {e.Message}. Name the clearing house's file of public keys: that of its signing key with .pub", e);
        }
    }

    private static void Print(TradeReceipt receipt, Checkpoint by, TextWriter output)
    {
        var what = receipt.Kind == TradeReceipt.Types.Kind.Reversed ? "was cancelled" : "was novated";
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Proved: trade {receipt.Source}/{receipt.TradeId} {what}: account {receipt.Account} {(receipt.Side == 1 ? "bought" : "sold")} {receipt.Quantity:#,0} {receipt.Instrument} at {receipt.PriceUnits} (in the instrument's smallest price unit),"));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  cleared {Dates.FromInt(receipt.ClearingDate):yyyy-MM-dd} in settlement cycle {receipt.Cycle}, recorded {AuditText.Time(receipt.RecordedTime)} in shard {receipt.Shard}, position {receipt.Position}."));
        PrintSigned(by, output);
    }

    private static void PrintSigned(Checkpoint by, TextWriter output) => output.WriteLine(
        $"Signed by checkpoint {by.Number} of journal {by.Journal:D}, made {AuditText.Time(by.Time)}, with the key {Convert.ToHexStringLower(by.Key.Span)}.");
}
