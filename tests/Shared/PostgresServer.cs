using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ClearingActors.Testing;

/// <summary>
/// A PostgreSQL server for tests: the one that <c>CLEARING_TEST_POSTGRES</c> names, or one of its own in a temporary folder, started when first asked for.
/// </summary>
/// <remarks>
/// Its own server is the child of a shell that waits for the end of its input. The input ends when this process does, however it does, and the shell then stops the server
/// by its process id and deletes the folder.
/// </remarks>
public sealed class PostgresServer : IDisposable
{
    private const string Watchdog = """
        trap : INT TERM
        dir="$1"; shift
        "$@" >"$dir/log" 2>&1 &
        pid=$!
        read -r _
        kill -QUIT $pid
        wait $pid
        rm -rf "$dir"
        """;

    private readonly Lock _lock = new();
    private string[] _settings = [];
    private Process? _watchdog;
    private string? _connectionString;
    private string? _missing;

    /// <summary>A server of its own with further settings, each <c>name=value</c>.</summary>
    public static PostgresServer WithSettings(params string[] settings) => new() { _settings = settings };

    /// <summary>
    /// The connection string of a superuser. Where there is no server and no binaries, the test is skipped; or fails, if <c>CLEARING_TESTS_REQUIRE</c> lists <c>postgres</c>.
    /// </summary>
    public string ConnectionString
    {
        get
        {
            lock (_lock)
            {
                if (_connectionString is null && _missing is null)
                {
                    Start();
                }
            }

            if (_missing is not null)
            {
                var required = (Environment.GetEnvironmentVariable("CLEARING_TESTS_REQUIRE") ?? "").Split(',', StringSplitOptions.TrimEntries).Contains("postgres");
                if (required)
                {
                    Assert.Fail(_missing);
                }

                Assert.Skip(_missing);
            }

            return _connectionString!;
        }
    }

    /// <summary>Stops the server and deletes its folder.</summary>
    public void Dispose()
    {
        if (_watchdog is not null)
        {
            _watchdog.StandardInput.Close();
            _watchdog.WaitForExit(TimeSpan.FromSeconds(10));
            _watchdog.Dispose();
        }
    }

    private static string? FindBinaries()
    {
        var folders = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").Select(d => Path.Combine(d, "bin")).OrderDescending() : Enumerable.Empty<string>();
        return folders.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator))
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres")));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static void Run(string file, IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{file} {string.Join(' ', arguments)} ended with {process.ExitCode}: {errors.Result}");
        }
    }

    private void Start()
    {
        if (_settings.Length == 0 && Environment.GetEnvironmentVariable("CLEARING_TEST_POSTGRES") is { Length: > 0 } given)
        {
            _connectionString = given;
            return;
        }

        if (OperatingSystem.IsWindows() || FindBinaries() is not { } binaries)
        {
            _missing = "There is no PostgreSQL: install Debian's package postgresql (initdb and postgres are looked for in /usr/lib/postgresql/*/bin and PATH), or set CLEARING_TEST_POSTGRES to a superuser's connection string.";
            return;
        }

        var folder = Directory.CreateTempSubdirectory("clearing-postgres-").FullName;
        // PostgreSQL refuses to run as root.
        string[] user = [];
        if (Environment.UserName == "root")
        {
            user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"];
            Run("chown", ["postgres:postgres", folder]);
        }

        try
        {
            StartIn(folder, binaries, user);
        }
        catch
        {
            Dispose();
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, true);
            }

            throw;
        }
    }

    private void StartIn(string folder, string binaries, string[] user)
    {
        var data = Path.Combine(folder, "data");
        string[] initdb = [.. user, Path.Combine(binaries, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "--no-instructions", "-E", "UTF8", "--locale=C"];
        Run(initdb[0], initdb[1..]);

        var port = FreePort().ToString(CultureInfo.InvariantCulture);
        string[] settings = ["listen_addresses=127.0.0.1", "port=" + port, "unix_socket_directories=", "max_connections=50", .. _settings];
        string[] server = [.. user, Path.Combine(binaries, "postgres"), "-D", data, .. settings.SelectMany(s => new[] { "-c", s })];
        _watchdog = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Watchdog, "watchdog", folder, .. server]) { RedirectStandardInput = true })!;
        WaitUntilReady(int.Parse(port, CultureInfo.InvariantCulture), Path.Combine(folder, "log"));
        _connectionString = $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres;Include Error Detail=true";
    }

    private void WaitUntilReady(int port, string log)
    {
        var deadline = Stopwatch.StartNew();
        while (true)
        {
            // The server's own word: a port that accepts connections may still answer "starting up".
            var text = File.Exists(log) ? File.ReadAllText(log) : "";
            if (text.Contains("database system is ready to accept connections", StringComparison.Ordinal))
            {
                return;
            }

            if (deadline.Elapsed > TimeSpan.FromSeconds(30))
            {
                throw new InvalidOperationException($"PostgreSQL on port {port} was not ready after 30 s. Its log: {text}");
            }

            Thread.Sleep(20);
        }
    }
}
