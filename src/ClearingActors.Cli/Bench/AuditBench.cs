using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using ClearingActors.Actors;
using ClearingActors.Audit;
using ClearingActors.Audit.Proofs;
using ClearingActors.Engine;
using ClearingActors.Journal.Proofs;

namespace ClearingActors.Cli.Bench;

/// <summary>
/// Measures what proving a journal takes, against the speed of SHA-256 on one core in the same run, and what signing it costs the trades: the same load without and with
/// checkpoints, in turns.
/// </summary>
internal sealed class AuditBench(BenchStore stores, BenchRunOptions options, Action<string> say)
{
    private const int Instruments = 4;
    private const int Window = 20_000;
    private const int Rounds = 4;
    private const int Passes = 4;
    private const double HashSeconds = 1.0;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <exception cref="CommandException">The journal is not in order, or the verification could not be run.</exception>
    internal async Task<AuditBenchReport> RunAsync(CancellationToken cancellation)
    {
        var report = new AuditBenchReport { Store = stores.Name, Accounts = options.Accounts, Shards = options.Shards, Workers = options.Workers, Rounds = Rounds };
        var key = stores.FileOf("audit.key");
        await TradeAsync(report, key, cancellation).ConfigureAwait(false);
        var verified = await VerifyAsync(key, cancellation).ConfigureAwait(false);
        report.Rows = verified.GetProperty("rows").GetInt64();
        report.Bytes = verified.GetProperty("bytes").GetInt64();
        report.Checkpoints = verified.GetProperty("checkpoints").GetInt64();
        report.Events = verified.GetProperty("rulebook").GetProperty("events").GetInt64();
        report.RowsPerSecond = report.Rows / MeasureHashAudit(key, cancellation);
        report.ReceiptsSeconds = verified.GetProperty("receiptsSeconds").GetDouble();
        report.EventsPerSecond = report.Events / verified.GetProperty("rulebookSeconds").GetDouble();
        report.PeakBytes = verified.GetProperty("peakBytes").GetInt64();
        report.HashRowsPerSecond = MeasureHash((int)(report.Bytes / report.Rows));
        return report;
    }

    private async Task TradeAsync(AuditBenchReport report, string key, CancellationToken cancellation)
    {
        say($"trades without and with checkpoints every {Interval.TotalSeconds:N0} s");
        using var store = (ICheckpointStore)stores.Open("audit");
        var house = new BenchHouse();
        using var keys = CheckpointKeyFile.ReadOrMake(key);
        using var engine = new ClearingEngine(store, new EngineOptions { Runtime = new RuntimeOptions { Workers = options.Workers } }, TimeProvider.System, house, "bench");
        engine.Start();
        await house.DefineAsync(engine, options.Accounts, Instruments).ConfigureAwait(false);
        var checkpointer = new Checkpointer(store, new TradeReceiptReader(), keys, null, TimeProvider.System);
        checkpointer.Resume();
        Task<bool> MakeAsync() => checkpointer.MakeAsync(record => engine.Runtime.OnWriterAsync(s => ((ICheckpointStore)s).WriteCheckpoint(record), cancellation), cancellation);
        var load = new TradeLoad(engine, options.Accounts, Instruments, "A");
        var trades = Math.Max(1, options.Trades / (2 * Rounds));
        load.Run(trades, Window);
        await MakeAsync().ConfigureAwait(false);
        var (without, with) = (0.0, 0.0);
        for (var round = 0; round < Rounds; round++)
        {
            without += load.Run(trades, Window);

            // What was not signed meanwhile is not to be signed in the other's time.
            await MakeAsync().ConfigureAwait(false);
            using var stop = new CancellationTokenSource();
            var signing = Task.Run(
                async () =>
                {
                    while (!stop.IsCancellationRequested)
                    {
                        await MakeAsync().ConfigureAwait(false);
                        await Task.Delay(Interval, stop.Token).ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
                    }
                },
                cancellation);
            with += load.Run(trades, Window);
            await stop.CancelAsync().ConfigureAwait(false);
            await signing.ConfigureAwait(false);
        }

        report.TradesPerSecondUnsigned = trades * Rounds / without;
        report.TradesPerSecondSigned = trades * Rounds / with;
        await engine.QuiesceAsync(cancellation).ConfigureAwait(false);
        BenchRun.Check(house, load.Novated, trades * ((2 * Rounds) + 1), await engine.ReadBooksAsync().ConfigureAwait(false));
        await engine.StopAsync(cancellation).ConfigureAwait(false);
        await checkpointer.MakeAsync(record => Task.FromResult(store.WriteCheckpoint(record)), cancellation).ConfigureAwait(false);
    }

    /// <summary>In a process of its own, as auditors run it: so that the memory is its.</summary>
    private async Task<JsonElement> VerifyAsync(string key, CancellationToken cancellation)
    {
        say("verification: hashes and signatures, then the rulebook");
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        }

        foreach (var argument in (string[])["audit", "verify", .. stores.Arguments("audit"), "--key", CheckpointKeyFile.PublicPathOf(key), "--json", "-"])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start) ?? throw new CommandException("the verification did not start");
        try
        {
            var errors = process.StandardError.ReadToEndAsync(cancellation);
            var output = await process.StandardOutput.ReadToEndAsync(cancellation).ConfigureAwait(false);
            await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
            return process.ExitCode == ExitCode.Ok
                ? JsonSerializer.Deserialize<JsonElement>(output)
                : throw new CommandException($"the verification ended with {process.ExitCode}: {output}{await errors.ConfigureAwait(false)}");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    /// <summary>Seconds of the last of several passes: by then the code is compiled and the file in memory, as in all but the first second of a long journal.</summary>
    private double MeasureHashAudit(string key, CancellationToken cancellation)
    {
        using var store = (ICheckpointStore)stores.Open("audit");
        using var keys = PublicKeys.FromPem(File.ReadAllText(CheckpointKeyFile.PublicPathOf(key)));
        var seconds = 0.0;
        for (var pass = 0; pass < Passes; pass++)
        {
            var findings = new AuditFindings();
            var watch = Stopwatch.StartNew();
            HashAudit.Run(store, null, keys, findings, null, cancellation);
            seconds = watch.Elapsed.TotalSeconds;
            if (findings.Count > 0)
            {
                throw new CommandException($"the journal is not in order: {findings.First[0].Where}: {findings.First[0].What}");
            }
        }

        return seconds;
    }

    /// <summary>The physical limit: SHA-256 over as many bytes as a row has, on one core, and nothing else.</summary>
    private static double MeasureHash(int bytes)
    {
        var row = new byte[bytes];
        Random.Shared.NextBytes(row);
        var hash = new byte[SHA256.HashSizeInBytes];
        long hashed = 0;
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed.TotalSeconds < HashSeconds)
        {
            for (var i = 0; i < 1024; i++)
            {
                SHA256.HashData(row, hash);
            }

            hashed += 1024;
        }

        return hashed / watch.Elapsed.TotalSeconds;
    }
}
