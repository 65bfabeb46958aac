using System.Collections.Concurrent;
using ClearingActors.Audit;
using ClearingActors.Audit.Proofs;
using ClearingActors.Audit.Rulebook;
using ClearingActors.Client;
using ClearingActors.Contracts.Common.V1;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Domain;
using ClearingActors.Journal;
using ClearingActors.Journal.Proofs;

namespace ClearingActors.Cli.Soak;

/// <summary>
/// Kills a real node with SIGKILL again and again while a real client streams trades through it, then checks that every trade has one answer, that each repeat gets the first
/// one, and that the book holds exactly what was acknowledged.
/// </summary>
internal sealed class KillLoop
{
    private const int Accounts = 8;
    private static readonly long Noon = UtcTime.StartOf(new DateOnly(2020, 3, 16)) + (12 * 3_600_000_000_000L);
    private readonly Random _random;
    private readonly ConcurrentDictionary<string, TradeAnswer> _answers = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _faults = new();
    private readonly List<TradeReport> _sent = [];

    internal KillLoop(int seed) => _random = new Random(seed);

    internal int Kills { get; private set; }

    internal int Trades => _sent.Count;

    /// <summary>Signed checkpoints at the end.</summary>
    internal long Checkpoints { get; private set; }

    /// <summary>Runs until <paramref name="end"/>; the faults that were found, none if all is well.</summary>
    internal async Task<IReadOnlyList<string>> RunAsync(string folder, DateTimeOffset end, Action<string> say, CancellationToken cancellation)
    {
        using var node = new NodeChild(folder);
        await node.StartAsync(cancellation).ConfigureAwait(false);
        using var operators = new ClearingConnection(node.Address, new ClearingConnectionOptions { Token = NodeChild.OperatorToken });
        await DefineAsync(operators.Operations, cancellation).ConfigureAwait(false);
        using var venue = new ClearingConnection(node.Address, new ClearingConnectionOptions { Token = NodeChild.VenueToken });
        var stream = venue.Members.OpenTradeStream(new TradeStreamOptions { OnAnswer = Take, Reconnect = new ReconnectBackoff { Longest = TimeSpan.FromMilliseconds(500) } });
        await using (stream.ConfigureAwait(false))
        {
            while (DateTimeOffset.UtcNow < end)
            {
                using var round = new CancellationTokenSource();
                var streaming = StreamAsync(stream, round.Token, cancellation);
                await Task.Delay(_random.Next(50, 2_500), cancellation).ConfigureAwait(false);
                await node.KillAsync().ConfigureAwait(false);
                Kills++;
                await node.StartAsync(cancellation).ConfigureAwait(false);
                await round.CancelAsync().ConfigureAwait(false);
                await streaming.ConfigureAwait(false);
                if (Kills % 10 == 0)
                {
                    say($"{Kills} kills, {Trades} trades, {stream.Reconnects} reconnects");
                }
            }

            await stream.CompleteAsync(cancellation).ConfigureAwait(false);
        }

        await CheckAsync(operators, venue.Members, cancellation).ConfigureAwait(false);
        Audit(Path.Combine(folder, "data", "clearing.journal"), cancellation);
        return [.. _faults];
    }

    /// <summary>The node is killed at any moment of a checkpoint too: what is signed, in the journal and in the file, must be one history, and the journal's.</summary>
    private void Audit(string path, CancellationToken cancellation)
    {
        var findings = new AuditFindings();
        using var journal = SqliteJournal.OpenReadOnly(path);
        using var keys = PublicKeys.FromPem(File.ReadAllText(CheckpointKeyFile.PublicPathOf(path + ".checkpoint-key")));
        var hashes = HashAudit.Run(journal, path + ".checkpoints", keys, findings, null, cancellation);
        _ = ReceiptAudit.Run(journal, path + ".checkpoints", hashes.Checkpoints, findings, cancellation);
        Checkpoints = hashes.Checkpoints;
        foreach (var finding in findings.First.Concat(RulebookAudit.Run(journal, JournalCut.AtHeads(journal), null, cancellation).Findings))
        {
            _faults.Enqueue(finding.ToString());
        }
    }

    private async Task StreamAsync(TradeStream stream, CancellationToken round, CancellationToken cancellation)
    {
        while (!round.IsCancellationRequested)
        {
            for (var i = 0; i < 50; i++)
            {
                var report = Next();
                _sent.Add(report);
                await stream.PostAsync(report, cancellation).ConfigureAwait(false);
            }

            await Task.Delay(_random.Next(0, 10), cancellation).ConfigureAwait(false);
        }
    }

    private TradeReport Next()
    {
        var buyer = _random.Next(Accounts);
        var seller = (buyer + 1 + _random.Next(Accounts - 1)) % Accounts;

        // One in twenty is off tick, so that rejections must survive as well as novations.
        var price = 240_000 + (25 * _random.Next(400)) + (_random.Next(20) == 0 ? 1 : 0);
        return new TradeReport
        {
            Source = "SOAK",
            TradeId = $"T{_sent.Count:D8}",
            Instrument = "SOAK.FUT",
            Buyer = new Side { Account = $"A{buyer}" },
            Seller = new Side { Account = $"A{seller}" },
            Quantity = 1 + _random.Next(9),
            Price = new Contracts.Common.V1.Decimal { Mantissa = price, Exponent = -2 },
            ExecutionTime = Noon - 1,
        };
    }

    private void Take(TradeAnswer answer)
    {
        if (!_answers.TryAdd(answer.TradeId, answer))
        {
            _faults.Enqueue($"trade {answer.TradeId} was answered twice");
        }
    }

    private async Task CheckAsync(ClearingConnection operators, MembersClient members, CancellationToken cancellation)
    {
        var positions = new long[Accounts];
        foreach (var report in _sent)
        {
            if (!_answers.TryGetValue(report.TradeId, out var answer))
            {
                _faults.Enqueue($"trade {report.TradeId} has no answer");
                continue;
            }

            var novated = answer.Status == TradeAnswer.Types.Status.Novated;
            var due = report.Price.Mantissa % 25 == 0;
            if (novated != due || (!novated && answer.Reason != RejectReason.OffTick))
            {
                _faults.Enqueue($"trade {report.TradeId} at {report.Price.Mantissa} was answered {answer.Status} {answer.Reason}");
            }

            if (novated)
            {
                positions[report.Buyer.Account[1] - '0'] += report.Quantity;
                positions[report.Seller.Account[1] - '0'] -= report.Quantity;
            }
        }

        var again = members.OpenTradeStream();
        await using (again.ConfigureAwait(false))
        {
            foreach (var chunk in _sent.Chunk(2_000))
            {
                foreach (var answer in await again.SubmitBatchAsync(chunk, cancellation).ConfigureAwait(false))
                {
                    if (_answers.TryGetValue(answer.TradeId, out var first) && !first.Equals(answer))
                    {
                        _faults.Enqueue($"the repeat of {answer.TradeId} was answered {answer.Status} {answer.Reason}, the first {first.Status} {first.Reason}");
                    }
                }
            }
        }

        var books = await operators.Operations.CheckInvariantsAsync(new CheckInvariantsRequest(), cancellation).ConfigureAwait(false);
        if (!books.Quiet || !books.MatchedBook || !books.CashConserved)
        {
            _faults.Enqueue($"quiet {books.Quiet}, matched book {books.MatchedBook}, cash conserved {books.CashConserved}");
        }

        for (var i = 0; i < Accounts; i++)
        {
            var account = await operators.Members.GetAccountAsync($"A{i}", cancellation).ConfigureAwait(false);
            var quantity = account.Positions.Sum(p => p.Quantity);
            if (quantity != positions[i])
            {
                _faults.Enqueue($"account A{i} holds {quantity}, the answers say {positions[i]}");
            }
        }
    }

    private async Task DefineAsync(OperationsClient operators, CancellationToken cancellation)
    {
        await operators.AdvanceBusinessTimeAsync(new AdvanceBusinessTimeRequest { Instant = Noon }, cancellation).ConfigureAwait(false);
        await operators.DefineTradeSourceAsync(new DefineTradeSourceRequest { Source = "SOAK", Lanes = 4 }, cancellation).ConfigureAwait(false);
        await operators.DefineMemberAsync(new DefineMemberRequest { Member = "SOAK" }, cancellation).ConfigureAwait(false);
        await operators.DefineInstrumentAsync(
            new DefineInstrumentRequest
            {
                Instrument = "SOAK.FUT",
                Underlying = "SOAK",
                ProductGroup = "SOAK",
                Currency = "USD",
                CurrencyDigits = 2,
                Multiplier = new Contracts.Common.V1.Decimal { Mantissa = 50 },
                PriceScale = 2,
                Tick = new Contracts.Common.V1.Decimal { Mantissa = 25, Exponent = -2 },
                PriceBandLow = new Contracts.Common.V1.Decimal { Mantissa = 1 },
                PriceBandHigh = new Contracts.Common.V1.Decimal { Mantissa = 20_000 },
                MarkJumpBasisPoints = 500,
                MarkStaleness = 3_600_000_000_000,
                MaxTradeQuantity = 1000,
                HeadroomPerLot = new Contracts.Common.V1.Decimal(),
                Zone = "Etc/UTC",
            },
            cancellation).ConfigureAwait(false);
        var accounts = new DefineAccountsRequest();
        for (var i = 0; i < Accounts; i++)
        {
            accounts.Accounts.Add(new AccountDefinition
            {
                Account = $"A{i}",
                Member = "SOAK",
                Segregation = AccountDefinition.Types.Segregation.House,
                Currency = "USD",
                IntradayLimit = new Contracts.Common.V1.Decimal(),
            });
        }

        await operators.DefineAccountsAsync(accounts, cancellation).ConfigureAwait(false);
    }
}
