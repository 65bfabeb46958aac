using System.Net;
using ClearingActors.Actors;
using ClearingActors.Engine;
using ClearingActors.Engine.Defaults;
using ClearingActors.Grpc;
using ClearingActors.Grpc.Health.V1;
using ClearingActors.Journal;
using ClearingActors.Journal.Proofs;
using ClearingActors.Node.Audit;
using ClearingActors.Node.Backtests;
using ClearingActors.Node.Checkpoints;
using ClearingActors.Node.Dashboard;
using ClearingActors.Node.Monitors;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Services;
using ClearingActors.Node.Settings;
using ClearingActors.Node.Watch;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ClearingActors.Node;

/// <summary>
/// A clearing house in this process: a journal, the engine on it, and gRPC in front. Started by <see cref="StartAsync"/>, ended by <see cref="StopAsync"/> in order, or by
/// <see cref="DisposeAsync"/> at once, as in a crash: nothing that was acknowledged is lost either way.
/// </summary>
public sealed class ClearingNode : IAsyncDisposable
{
    /// <summary>Of an orderly stop, the share that streams may take to end.</summary>
    private const double DrainShare = 0.5;

    private readonly NodeSettings _settings;
    private readonly ICheckpointStore _journal;
    private readonly CheckpointLoop? _checkpoints;
    private readonly ProofCalls _proofs;
    private readonly NodeDrain _drain;
    private readonly AccountWatches _watches;
    private readonly JournalReads _reads;
    private readonly HealthService _health;
    private readonly IReadOnlyList<string> _services;
    private readonly WebApplication _app;
    private readonly DashboardHost? _page;
    private readonly IReadOnlyList<IAsyncDisposable> _background;
    private readonly BusinessClock? _clock;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource<Exception> _fatal;
    private readonly ILoggerFactory? _ownLoggers;
    private int _ended;

    private ClearingNode(
        NodeSettings settings,
        ICheckpointStore journal,
        ClearingEngine engine,
        CheckpointLoop? checkpoints,
        ProofCalls proofs,
        NodeDrain drain,
        AccountWatches watches,
        JournalReads reads,
        HealthService health,
        IReadOnlyList<string> services,
        WebApplication app,
        DashboardHost? page,
        IReadOnlyList<IAsyncDisposable> background,
        BusinessClock? clock,
        ILogger logger,
        ILoggerFactory? ownLoggers,
        TaskCompletionSource<Exception> fatal)
    {
        _settings = settings;
        _journal = journal;
        Engine = engine;
        _checkpoints = checkpoints;
        _proofs = proofs;
        _drain = drain;
        _watches = watches;
        _reads = reads;
        _health = health;
        _services = services;
        _app = app;
        _page = page;
        _background = background;
        _clock = clock;
        _logger = logger;
        _ownLoggers = ownLoggers;
        _fatal = fatal;
        GrpcAddress = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    /// <summary>Where gRPC is served, with the port that was found when 0 was configured; as in <c>http://127.0.0.1:50051</c>.</summary>
    public Uri GrpcAddress { get; }

    /// <summary>Where the operators' page is; null if it is not served.</summary>
    public Uri? WebAddress => _page?.Address;

    /// <summary>The engine, for those who run the node in their own process.</summary>
    public ClearingEngine Engine { get; }

    /// <summary>Completes with the error when nothing that the process holds can be trusted any more: it must end, and another start tells what is durable.</summary>
    public Task<Exception> Fatal => _fatal.Task;

    /// <summary>Opens the journal, loads the state, and serves when this completes.</summary>
    /// <param name="settings">What the node is told.</param>
    /// <param name="loggers">Where to log; null for what the settings say.</param>
    /// <param name="time">The clocks; null for the machine's.</param>
    /// <param name="principals">Who callers are; null for the tokens of the settings.</param>
    /// <exception cref="JournalException">The journal cannot be opened, is in use, or is not the one that the settings ask for.</exception>
    /// <exception cref="IOException">The port is taken.</exception>
    /// <exception cref="FormatException">An id in the settings breaks its rule.</exception>
    /// <exception cref="NodeSettingsException">The auction key cannot be used.</exception>
    /// <exception cref="CheckpointException">The journal has lost what was signed, or the signing key cannot be used.</exception>
    public static async Task<ClearingNode> StartAsync(NodeSettings settings, ILoggerFactory? loggers = null, TimeProvider? time = null, IPrincipals? principals = null)
    {
        time ??= TimeProvider.System;
        principals ??= new TokenPrincipals(settings.Principals);
        var ownLoggers = loggers is null;
        loggers ??= NodeLogging.Create(settings);
        var logger = loggers.CreateLogger("ClearingActors.Node");
        var fatal = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = fatal.Task.ContinueWith(
            t => logger.LogCritical(t.Result, "What this process holds cannot be trusted any more: it must end, and another start tells what is durable"), TaskScheduler.Default);
        var undo = new Stack<Func<ValueTask>>();
        try
        {
            if (ownLoggers)
            {
                undo.Push(() => Dispose(loggers));
            }

            var journal = OpenJournal(settings, fatal);
            undo.Push(() => Dispose(journal));
            logger.LogInformation(
                "Journal {Id}, generation {Generation}, {Shards} shards, level {Level}", journal.Identity.Id, journal.Identity.Generation, journal.Identity.ShardCount, journal.Identity.FeatureLevel);
            var checkpoints = OpenCheckpoints(settings, journal, time, logger);
            if (checkpoints is not null)
            {
                undo.Push(checkpoints.DisposeAsync);
            }

            var heads = new DurableHeads(journal.Identity.ShardCount);
            var moves = new ShardMoves(time);
            var observer = new NodeObserver(loggers.CreateLogger("ClearingActors.Node.Runtime"), heads, journal.Identity.ShardCount) { Settled = checkpoints is null ? null : checkpoints.Settled, Moves = moves };
            var runtime = new RuntimeOptions { Workers = settings.Workers == 0 ? RuntimeOptions.DefaultWorkers : settings.Workers };
            var engine = new ClearingEngine(journal, new EngineOptions { Runtime = runtime, Sealer = SealerOf(settings, logger) }, time, observer, settings.Name);
            undo.Push(() => Dispose(engine));
            _ = engine.Runtime.Fatal.ContinueWith(t => fatal.TrySetResult(t.Result), TaskScheduler.Default);
            engine.Start();
            checkpoints?.Start((record, cancellation) => engine.Runtime.OnWriterAsync(store => ((ICheckpointStore)store).WriteCheckpoint(record), cancellation));
            var instruments = new Instruments(engine);
            var drain = new NodeDrain();
            undo.Push(() => Dispose(drain));
            var watches = new AccountWatches(engine, journal, heads, instruments, time);
            undo.Push(() => Dispose(watches));
            var budget = new ReadBudget((long)settings.Limits.AuditMiBPerSecond << 20, time);
            var reads = new JournalReads(journal, heads, budget, time);
            undo.Push(() => Dispose(reads));
            var timelines = new AccountTimelines(engine, journal, heads, budget);
            var clock = settings.BusinessClock == BusinessClockMode.Wall ? new BusinessClock(engine, time, logger) : null;
            if (clock is not null)
            {
                undo.Push(clock.DisposeAsync);
            }

            var proofs = new ProofCalls(journal, engine, checkpoints, settings, drain, budget);
            undo.Push(() => Dispose(proofs));
            var catalogue = new ActionCatalogue(settings);
            var actions = new ActionRunner(engine, catalogue, drain, time, loggers);
            undo.Push(actions.DisposeAsync);
            await actions.StartAsync().ConfigureAwait(false);
            var backtests = new BacktestRuns(journal, budget, time, loggers.CreateLogger("ClearingActors.Node.Backtests"));
            undo.Push(backtests.DisposeAsync);
            var audits = new AuditCalls(journal, settings, budget, time, loggers);
            undo.Push(audits.DisposeAsync);
            var load = new LoadHistory(engine, time, logger);
            undo.Push(load.DisposeAsync);
            var invariants = new InvariantMonitor(engine, time, logger);
            undo.Push(invariants.DisposeAsync);
            var alerts = new HouseAlerts(engine, invariants, checkpoints, time) { Verified = () => audits.LastVerification };
            var health = new HealthService();
            var app = BuildApplication(settings, loggers);
            undo.Push(app.DisposeAsync);
            IReadOnlyDictionary<string, LocalMethod> methods = new Dictionary<string, LocalMethod>();
            IReadOnlyList<string> services = [];
            app.MapGrpc(grpc =>
            {
                grpc.Options.MaxReceiveMessageSize = settings.Limits.MessageBytes;
                grpc.Options.Interceptor = context => Callers.IdentifyAsync(context, principals);
                new MembersService(engine, settings, watches, drain, time, loggers).MapTo(grpc);
                new MarginService(engine, new MarginWatches(engine, heads, time), drain, loggers).MapTo(grpc);
                new CollateralService(engine, settings, loggers).MapTo(grpc);
                new StressService(engine, loggers).MapTo(grpc);
                new BacktestCalls(engine, backtests).MapTo(grpc);
                new DefaultService(engine, new AuctionWatches(engine, heads, time), drain, settings, loggers).MapTo(grpc);
                new MarketsService(engine, instruments, settings, drain, time).MapTo(grpc);
                new MarketReads(engine, instruments, time).MapTo(grpc);
                new OperationsService(engine, instruments, observer, checkpoints, settings, loggers).MapTo(grpc);
                new AuditService(journal, heads, reads, drain).MapTo(grpc);
                new HouseService(engine, load, invariants, alerts, checkpoints, settings, time).MapTo(grpc);
                proofs.MapTo(grpc);
                new ActionService(engine, catalogue, actions, loggers).MapTo(grpc);
                audits.MapTo(grpc);
                new ClusterService(engine, journal, load, moves, runtime.Workers, settings, time).MapTo(grpc);
                new AccountsService(engine, new HouseView(engine.SummariseAsync, time, logger), watches, timelines, instruments).MapTo(grpc);
                grpc.Health(health).Reflection();
                methods = grpc.Local;
                services = [.. grpc.Services.Select(s => s.FullName)];
            });
            await app.StartAsync().ConfigureAwait(false);
            var page = settings.Web.Users.Count == 0 ? null : await DashboardHost.StartAsync(settings, methods, loggers, time).ConfigureAwait(false);
            if (page is not null)
            {
                undo.Push(page.DisposeAsync);
                logger.LogInformation("Serving the operators' page on {Address}", page.Address);
            }
            else
            {
                logger.LogInformation("The operators' page is not served: nobody may sign in. Set web.users, with password hashes by \"clearing password\"");
            }

            var node = new ClearingNode(
                settings, journal, engine, checkpoints, proofs, drain, watches, reads, health, services, app, page, [load, invariants, backtests, audits, actions], clock, logger, ownLoggers ? loggers : null, fatal);
            foreach (var service in services)
            {
                health.Set(service, HealthCheckResponse.Types.ServingStatus.Serving);
            }

            logger.LogInformation("Serving gRPC on {Address}", node.GrpcAddress);
            return node;
        }
        catch
        {
            while (undo.TryPop(out var step))
            {
                await step().ConfigureAwait(false);
            }

            throw;
        }
    }

    /// <summary>
    /// Stops in order: takes nothing new, answers what was taken, makes everything durable, snapshots every shard. What is not done within
    /// <see cref="NodeSettings.StopSeconds"/> is given up.
    /// </summary>
    /// <exception cref="TimeoutException">It was given up; what is durable stays, and the next start replays what no snapshot holds.</exception>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
        {
            return;
        }

        _logger.LogInformation("Stopping: streams end, then every shard is snapshotted");
        foreach (var service in _services.Append(""))
        {
            _health.Set(service, HealthCheckResponse.Types.ServingStatus.NotServing);
        }

        var limit = TimeSpan.FromSeconds(_settings.StopSeconds);
        using var deadline = new CancellationTokenSource(limit);
        try
        {
            await DrainAsync(limit * DrainShare).ConfigureAwait(false);
            foreach (var part in _background)
            {
                await part.DisposeAsync().ConfigureAwait(false);
            }

            await StopServingAsync(deadline.Token).ConfigureAwait(false);
            await Engine.StopAsync(deadline.Token).ConfigureAwait(false);
            if (_checkpoints is not null)
            {
                await _checkpoints.StopAsync().ConfigureAwait(false);
            }

            _logger.LogInformation("Stopped; every shard is snapshotted");
        }
        catch (OperationCanceledException e) when (deadline.IsCancellationRequested)
        {
            _logger.LogError("Stopping took longer than {Seconds} s and was given up; what is durable stays", _settings.StopSeconds);
            throw new TimeoutException($"stopping took longer than {_settings.StopSeconds} s and was given up; what is durable stays, and the next start replays it", e);
        }
        finally
        {
            await ReleaseAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Ends at once, as in a crash, unless the node was stopped before.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
        {
            return;
        }

        try
        {
            await StopServingAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        }
        finally
        {
            await ReleaseAsync().ConfigureAwait(false);
        }
    }

    private static ICheckpointStore OpenJournal(NodeSettings settings, TaskCompletionSource<Exception> fatal)
    {
        var journal = settings.Journal;
        var options = new JournalOpenOptions(journal.Shards, ClearingEngine.FeatureLevel, journal.ExpectedId);
        if (journal.Store == JournalStoreKind.Postgres)
        {
            return PostgresJournal.Open(journal.Connection, options, new PostgresSettings { Schema = journal.Schema, Exclusive = true });
        }

        var path = settings.JournalPath;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var sqlite = SqliteJournal.Open(path, options);
        sqlite.OnFatal = error => fatal.TrySetResult(error);
        return sqlite;
    }

    /// <summary>Refuses a journal that has lost what was signed, before anything is taken over.</summary>
    private static CheckpointLoop? OpenCheckpoints(NodeSettings settings, ICheckpointStore journal, TimeProvider time, ILogger logger)
    {
        if (settings.Checkpoints.Seconds == 0)
        {
            logger.LogWarning("No checkpoints are made, so nothing proves later what the journal holds; set checkpoints.seconds");
            return null;
        }

        var keys = CheckpointKeyFile.ReadOrMake(settings.CheckpointKeyPath);
        CheckpointFile? outside = null;
        try
        {
            outside = CheckpointFile.Open(settings.CheckpointFilePath);
            var checkpointer = new Checkpointer(journal, new TradeReceiptReader(), keys, outside, time);
            return CheckpointLoop.Open(journal, checkpointer, TimeSpan.FromSeconds(settings.Checkpoints.Seconds), time, logger, keys, outside);
        }
        catch (FormatException e)
        {
            keys.Dispose();
            throw new CheckpointException($"The checkpoint file cannot be used: {e.Message}. Restore it, or name another with checkpoints.file.", e);
        }
        catch
        {
            outside?.Dispose();
            keys.Dispose();
            throw;
        }
    }

    /// <summary>Read when the journal is locked, so that of two nodes on one folder only the one that serves makes a key.</summary>
    private static BidSealer? SealerOf(NodeSettings settings, ILogger logger)
    {
        if (settings.AuctionKeyPath is { } path)
        {
            return new BidSealer(AuctionKeyFile.ReadOrMake(path));
        }

        logger.LogWarning("There is no auction key, so bids in default auctions are refused; set auctionKeyFile to a file outside the database, the same for every node that may serve this journal");
        return null;
    }

    private static WebApplication BuildApplication(NodeSettings settings, ILoggerFactory loggers)
    {
        // Empty, so that neither environment variables nor files that happen to lie around change where the node listens.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "ClearingActors.Node" });
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.ConfigureKestrelForGrpc(new GrpcKestrelLimits { MaxConcurrentConnections = settings.Limits.Connections, MaxStreamsPerConnection = settings.Limits.StreamsPerConnection });
            kestrel.Listen(IPAddress.Parse(settings.Listen.Address), settings.Listen.Port, listen => listen.Protocols = HttpProtocols.Http2);
        });
        return builder.Build();
    }

    private static ValueTask Dispose(IDisposable disposable)
    {
        disposable.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task DrainAsync(TimeSpan limit)
    {
        using var deadline = new CancellationTokenSource(limit);
        try
        {
            await _drain.RunAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            // A client that does not read its answers must not keep the house from its snapshots; it sends again and gets them.
            _logger.LogWarning("Streams have not ended within {Seconds} s and are cut off", limit.TotalSeconds);
        }
    }

    private async Task StopServingAsync(CancellationToken deadline)
    {
        if (_clock is not null)
        {
            await _clock.DisposeAsync().ConfigureAwait(false);
        }

        if (_page is not null)
        {
            await _page.StopAsync().ConfigureAwait(false);
        }

        await _app.StopAsync(deadline).ConfigureAwait(false);
    }

    private async Task ReleaseAsync()
    {
        if (_page is not null)
        {
            await _page.DisposeAsync().ConfigureAwait(false);
        }

        foreach (var part in _background)
        {
            await part.DisposeAsync().ConfigureAwait(false);
        }

        await _app.DisposeAsync().ConfigureAwait(false);
        Engine.Dispose();
        if (_checkpoints is not null)
        {
            await _checkpoints.DisposeAsync().ConfigureAwait(false);
        }

        _watches.Dispose();
        _reads.Dispose();
        _drain.Dispose();
        _journal.Dispose();
        _ownLoggers?.Dispose();
    }

    /// <summary>The process's signals are its host's: Kestrel must not cut streams off before they have been drained.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
