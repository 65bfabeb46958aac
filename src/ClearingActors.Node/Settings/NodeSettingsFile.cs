using System.Buffers;
using System.Net;
using System.Text.Json;
using ClearingActors.Domain;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Node.Principals;
using Microsoft.Extensions.Logging;

namespace ClearingActors.Node.Settings;

/// <summary>Reads a node's settings from JSON with comments. Nothing is guessed: an unknown property, a wrong type and a value out of range are errors.</summary>
public static class NodeSettingsFile
{
    private const string IdRule = "1 to 64 characters of A-Z a-z 0-9 . _ - are allowed";
    private const string FileRule = "a file, or \"\" for the usual one, is allowed";

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-:");

    /// <summary>Reads and checks a file.</summary>
    /// <exception cref="NodeSettingsException">It cannot be read or used; the message names the file, the JSON path, the value and what is allowed.</exception>
    public static NodeSettings Read(string path)
    {
        byte[] content;
        try
        {
            content = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NodeSettingsException($"{path}: the settings cannot be read: {e.Message}", e);
        }

        try
        {
            using var document = JsonDocument.Parse(content, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            return Read(document.RootElement, path);
        }
        catch (JsonException e)
        {
            throw new NodeSettingsException($"{path}: this is no JSON: {e.Message}. Comments (// and /* */) and trailing commas are allowed. The schema is {SchemaOf(path)}.", e);
        }
    }

    /// <summary>The schema that messages cite: beside the file.</summary>
    internal static string SchemaOf(string file) => Path.Combine(Path.GetDirectoryName(file) ?? "", "node.schema.json");

    private static NodeSettings Read(JsonElement root, string file)
    {
        var section = new JsonSection(
            root, "$", file, "$schema", "name", "dataDirectory", "listen", "journal", "workers", "limits", "businessClock", "stopSeconds", "currencies", "principals", "auctionKeyFile", "checkpoints", "web", "logging");
        var defaults = new NodeSettings();
        var settings = new NodeSettings
        {
            Name = section.Text("name", defaults.Name, IsId, IdRule),
            DataDirectory = section.Text("dataDirectory", defaults.DataDirectory, IsPath, "a folder is required"),
            Listen = section.Section("listen", ReadListen, "address", "port"),
            Journal = section.Section("journal", ReadJournal, "store", "path", "connection", "schema", "shards", "expectedId"),
            Workers = section.Int("workers", defaults.Workers, 0, 256),
            Limits = section.Section("limits", ReadLimits, "connections", "streamsPerConnection", "messageBytes", "tradesPerMessage", "tradesInFlight", "answerSeconds", "auditMiBPerSecond"),
            BusinessClock = section.Choice("businessClock", defaults.BusinessClock, ("wall", BusinessClockMode.Wall), ("manual", BusinessClockMode.Manual)),
            StopSeconds = section.Int("stopSeconds", defaults.StopSeconds, 1, 600),
            Currencies = section.Numbers("currencies", defaults.Currencies, IsCurrency, "codes of 2 to 12 characters of A-Z 0-9 with 0 to 8 digits are allowed"),
            Principals = section.Sections("principals", ReadPrincipal, "token", "name", "roles", "sources", "members", "markSources"),
            AuctionKeyFile = section.Text("auctionKeyFile", defaults.AuctionKeyFile, IsPathOrEmpty, FileRule),
            Checkpoints = section.Section("checkpoints", ReadCheckpoints, "keyFile", "file", "seconds"),
            Web = section.Section("web", ReadWeb, "address", "port", "certificate", "certificateKey", "behindProxy", "sessionMinutes", "users"),
            Logging = section.Section("logging", ReadLogging, "level", "console", "file", "keptFiles"),
        };
        for (var i = 0; i < settings.Principals.Count; i++)
        {
            var principal = settings.Principals[i];
            if (settings.Principals.Take(i).Any(p => p.Token == principal.Token))
            {
                throw section.Error($"$.principals[{i}].token is also another principal's: each has its own");
            }

            if (settings.Principals.Take(i).Any(p => p.Name == principal.Name))
            {
                throw section.Error($"$.principals[{i}].name is \"{principal.Name}\", which is also another principal's: each has its own");
            }
        }

        for (var i = 0; i < settings.Web.Users.Count; i++)
        {
            if (settings.Web.Users.Take(i).Any(u => u.Name == settings.Web.Users[i].Name))
            {
                throw section.Error($"$.web.users[{i}].name is \"{settings.Web.Users[i].Name}\", which is also another user's: each has its own");
            }
        }

        return settings;
    }

    private static ListenSettings ReadListen(JsonSection section)
    {
        var defaults = new ListenSettings();
        return new ListenSettings
        {
            Address = section.Text("address", defaults.Address, text => IPAddress.TryParse(text, out _), "an IP address is allowed"),
            Port = section.Int("port", defaults.Port, 0, 65_535),
        };
    }

    private static JournalSettings ReadJournal(JsonSection section)
    {
        var defaults = new JournalSettings();
        var expected = section.Text("expectedId", "", text => Guid.TryParseExact(text, "D", out _), "a journal's id as 00000000-0000-0000-0000-000000000000 is allowed");
        var journal = new JournalSettings
        {
            Store = section.Choice("store", defaults.Store, ("sqlite", JournalStoreKind.Sqlite), ("postgres", JournalStoreKind.Postgres)),
            Path = section.Text("path", defaults.Path, IsPath, "a file is required"),
            Connection = section.Text("connection", defaults.Connection, _ => true, "a connection string of Npgsql is allowed"),
            Schema = section.Text("schema", defaults.Schema, text => text.Length is > 0 and <= 63, "1 to 63 lower-case letters, digits and underscores are allowed"),
            Shards = section.Int("shards", defaults.Shards, 1, 4096),
            ExpectedId = expected.Length == 0 ? null : Guid.ParseExact(expected, "D"),
        };
        if (journal.Store == JournalStoreKind.Postgres && journal.Connection.Length == 0)
        {
            throw section.Error($"{section.PathOf("connection")} is missing: the store \"postgres\" needs a connection string of Npgsql");
        }

        if (journal.Store == JournalStoreKind.Sqlite && (section.Has("connection") || section.Has("schema")))
        {
            throw section.Error($"{section.PathOf(section.Has("connection") ? "connection" : "schema")} is set, but the store is \"sqlite\": connection and schema belong to \"postgres\"");
        }

        return journal;
    }

    private static LimitSettings ReadLimits(JsonSection section)
    {
        var defaults = new LimitSettings();
        return new LimitSettings
        {
            Connections = section.Int("connections", defaults.Connections, 1, 1_000_000),
            StreamsPerConnection = section.Int("streamsPerConnection", defaults.StreamsPerConnection, 1, 100_000),
            MessageBytes = section.Int("messageBytes", defaults.MessageBytes, 1024, 256 * 1024 * 1024),
            TradesPerMessage = section.Int("tradesPerMessage", defaults.TradesPerMessage, 1, 10_000),
            TradesInFlight = section.Int("tradesInFlight", defaults.TradesInFlight, 1, 1_000_000),
            AnswerSeconds = section.Int("answerSeconds", defaults.AnswerSeconds, 1, 3600),
            AuditMiBPerSecond = section.Int("auditMiBPerSecond", defaults.AuditMiBPerSecond, 1, 100_000),
        };
    }

    private static PrincipalSettings ReadPrincipal(JsonSection section)
    {
        const string RoleRule = "one or more of \"operator\", \"auditor\", \"member\", \"venue\", \"marketdata\", \"viewer\", \"riskmanager\" are allowed";
        var roles = section.Texts("roles", text => RoleNames.TryParse(text, out _), RoleRule);
        return new PrincipalSettings
        {
            Token = section.Text("token", null, IsToken, "16 to 256 printable ASCII characters without spaces are required"),
            Name = section.Text("name", null, IsName, "1 to 64 characters of A-Z a-z 0-9 . _ - : are required"),
            Roles = roles.Count > 0 ? roles.Aggregate(Roles.None, (sum, text) => sum | RoleNames.Parse(text)) : throw section.Error($"{section.PathOf("roles")} is missing: {RoleRule}"),
            Sources = section.Texts("sources", text => SourceId.TryParse(text, out _), IdRule),
            Members = section.Texts("members", text => MemberId.TryParse(text, out _), IdRule),
            MarkSources = section.Texts("markSources", text => MarkSourceId.TryParse(text, out _), IdRule),
        };
    }

    private static CheckpointSettings ReadCheckpoints(JsonSection section)
    {
        var defaults = new CheckpointSettings();
        return new CheckpointSettings
        {
            KeyFile = section.Text("keyFile", defaults.KeyFile, IsPathOrEmpty, FileRule),
            File = section.Text("file", defaults.File, IsPathOrEmpty, FileRule),
            Seconds = section.Int("seconds", defaults.Seconds, 0, 3600),
        };
    }

    private static WebSettings ReadWeb(JsonSection section)
    {
        var defaults = new WebSettings();
        var web = new WebSettings
        {
            Address = section.Text("address", defaults.Address, text => IPAddress.TryParse(text, out _), "an IP address is allowed"),
            Port = section.Int("port", defaults.Port, 0, 65_535),
            Certificate = section.Text("certificate", defaults.Certificate, IsPathOrEmpty, "a PEM file, or \"\" for none, is allowed"),
            CertificateKey = section.Text("certificateKey", defaults.CertificateKey, IsPathOrEmpty, "a PEM file, or \"\" for none, is allowed"),
            BehindProxy = section.Bool("behindProxy", defaults.BehindProxy),
            SessionMinutes = section.Int("sessionMinutes", defaults.SessionMinutes, 5, 1440),
            Users = section.Sections("users", ReadWebUser, "name", "passwordHash", "roles"),
        };
        if (web.Certificate.Length > 0 != web.CertificateKey.Length > 0)
        {
            throw section.Error($"{section.PathOf(web.Certificate.Length > 0 ? "certificateKey" : "certificate")} is missing: certificate and certificateKey belong together");
        }

        return web.IsOpenToOthersInClear
            ? throw section.Error($"{section.PathOf("address")} is \"{web.Address}\", which others reach, without a certificate: passwords would be sent in the clear. Set certificate and certificateKey, or 127.0.0.1 and behindProxy, with a proxy on this machine that has TLS")
            : web;
    }

    private static WebUserSettings ReadWebUser(JsonSection section)
    {
        const string RoleRule = "one or more of \"viewer\", \"operator\", \"riskmanager\", \"auditor\" are allowed";
        var roles = section.Texts("roles", text => RoleNames.TryParse(text, out var role) && (role & Roles.Readers) != 0, RoleRule);
        return new WebUserSettings
        {
            Name = section.Text("name", null, IsName, "1 to 64 characters of A-Z a-z 0-9 . _ - : are required"),
            PasswordHash = section.Text("passwordHash", null, Dashboard.Passwords.IsHash, "what \"clearing password\" prints is required"),
            Roles = roles.Count > 0 ? roles.Aggregate(Roles.None, (sum, text) => sum | RoleNames.Parse(text)) : throw section.Error($"{section.PathOf("roles")} is missing: {RoleRule}"),
        };
    }

    private static LoggingSettings ReadLogging(JsonSection section)
    {
        var defaults = new LoggingSettings();
        return new LoggingSettings
        {
            Level = section.Choice(
                "level", defaults.Level, ("debug", LogLevel.Debug), ("information", LogLevel.Information), ("warning", LogLevel.Warning), ("error", LogLevel.Error)),
            Console = section.Bool("console", defaults.Console),
            File = section.Text("file", defaults.File, text => text.Length <= 4096, "a file, or \"\" for none, is allowed"),
            KeptFiles = section.Int("keptFiles", defaults.KeptFiles, 1, 1000),
        };
    }

    private static bool IsId(string text) => MemberId.TryParse(text, out _);

    private static bool IsPath(string text) => text.Length is > 0 and <= 4096 && !text.Contains('\0', StringComparison.Ordinal);

    private static bool IsPathOrEmpty(string text) => text.Length == 0 || IsPath(text);

    private static bool IsToken(string text) => text.Length is >= 16 and <= 256 && text.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0;

    private static bool IsName(string text) => text.Length is > 0 and <= 64 && text.AsSpan().IndexOfAnyExcept(NameCharacters) < 0;

    private static bool IsCurrency(string code, int digits) =>
        digits is >= 0 and <= Currency.MaxDigits && code.Length is >= 2 and <= 12 && code.All(c => char.IsAsciiDigit(c) || char.IsAsciiLetterUpper(c));
}
