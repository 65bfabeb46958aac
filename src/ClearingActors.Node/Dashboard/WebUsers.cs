using System.Diagnostics.CodeAnalysis;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Settings;
using Microsoft.AspNetCore.Authentication;

namespace ClearingActors.Node.Dashboard;

/// <summary>Who may use the operators' page, and whose session it is. Thread-safe.</summary>
internal sealed class WebUsers(WebSettings settings, EndedSessions ended)
{
    internal const string Scheme = "Cookies";
    private const string StampClaim = "stamp";

    private readonly Dictionary<string, (WebUserSettings Settings, Principal Principal, string Stamp)> _users = settings.Users.ToDictionary(
        u => u.Name, u => (u, new Principal(u.Name, u.Roles, [], [], []), StampOf(u)), StringComparer.Ordinal);

    /// <summary>Null if there is no such user or the password is another one; takes as long either way.</summary>
    internal Principal? Verify(string name, string password)
    {
        var known = _users.TryGetValue(name, out var user);
        return Passwords.Verify(known ? user.Settings.PasswordHash : null, password) ? user.Principal : null;
    }

    /// <summary>What a new session's cookie holds.</summary>
    internal (ClaimsPrincipal Cookie, AuthenticationProperties Times) Begin(Principal principal)
    {
        var session = ended.Begin(TimeSpan.FromMinutes(settings.SessionMinutes));
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, principal.Name), new Claim(StampClaim, _users[principal.Name].Stamp), .. session.Claims], Scheme);
        return (new ClaimsPrincipal(identity), new AuthenticationProperties
        {
            IssuedUtc = DateTimeOffset.FromUnixTimeMilliseconds(session.Since),
            ExpiresUtc = DateTimeOffset.FromUnixTimeMilliseconds(session.Until),
        });
    }

    /// <summary>Who a session is of; false if nobody, or if it was ended or the user's password or roles were changed since it began.</summary>
    internal bool TryGet(ClaimsPrincipal cookie, [NotNullWhen(true)] out Principal? principal)
    {
        principal = cookie.Identity is { IsAuthenticated: true, Name: { } name } && Session.TryRead(cookie, out var session) && !ended.Has(session)
            && _users.TryGetValue(name, out var user) && cookie.FindFirstValue(StampClaim) == user.Stamp
            ? user.Principal : null;
        return principal is not null;
    }

    /// <summary>Ends a session: a copy of its cookie is of no use any more.</summary>
    /// <returns>False if that may hold only until the node is started again: the disk took no note of it.</returns>
    internal bool End(ClaimsPrincipal cookie) => !Session.TryRead(cookie, out var session) || ended.End(session);

    private static string StampOf(WebUserSettings user) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{user.PasswordHash} {(int)user.Roles}")))[..16];
}
