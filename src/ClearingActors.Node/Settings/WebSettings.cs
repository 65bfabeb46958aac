using System.Net;
using ClearingActors.Node.Principals;

namespace ClearingActors.Node.Settings;

/// <summary>The operators' page, on a port of its own: HTTP/1.1 and, with a certificate, TLS.</summary>
public sealed record WebSettings
{
    /// <summary>An IP address of this machine. Without a certificate it must be one that only this machine reaches, such as <c>127.0.0.1</c>.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>0 to 65,535; 0 for any that is free.</summary>
    public int Port { get; init; } = 50080;

    /// <summary>A PEM file with the certificate and its chain, relative to the data folder; empty for none.</summary>
    public string Certificate { get; init; } = "";

    /// <summary>A PEM file with the certificate's key, relative to the data folder.</summary>
    public string CertificateKey { get; init; } = "";

    /// <summary>
    /// True if a proxy on this machine takes the page's requests with TLS and passes them on with <c>X-Forwarded-For</c>, <c>X-Forwarded-Proto</c> and the browser's <c>Host</c>: then
    /// addresses are the browsers', and cookies go over TLS only.
    /// </summary>
    public bool BehindProxy { get; init; }

    /// <summary>Minutes after which somebody must sign in again, 5 to 1,440.</summary>
    public int SessionMinutes { get; init; } = 720;

    /// <summary>Who may sign in; without any the page is not served.</summary>
    public IReadOnlyList<WebUserSettings> Users { get; init; } = [];

    /// <summary>True if browsers come by TLS only.</summary>
    public bool IsSecure => Certificate.Length > 0 || BehindProxy;

    /// <summary>True if anybody could read what is sent: not TLS, and not to this machine only.</summary>
    public bool IsOpenToOthersInClear => Certificate.Length == 0 && !IPAddress.IsLoopback(IPAddress.Parse(Address));
}

/// <summary>Somebody who may sign in to the operators' page.</summary>
public sealed record WebUserSettings
{
    /// <summary>What is typed in, and what decisions record: 1 to 64 characters of A-Z a-z 0-9 . _ - :. Who has a token of the same name counts as the same person where two must agree.</summary>
    public required string Name { get; init; }

    /// <summary>What <c>clearing password</c> makes of a password: salted and iterated, as ASP.NET Core Identity has it.</summary>
    public required string PasswordHash { get; init; }

    /// <summary>One or more of viewer, operator, risk manager and auditor.</summary>
    public required Roles Roles { get; init; }
}
