using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;

namespace ClearingActors.Node.Dashboard;

/// <summary>Somebody's use of the operators' page from signing in on, as its cookie tells.</summary>
/// <param name="Id">128 random bits in hexadecimal.</param>
/// <param name="Since">When it began, in milliseconds since 1970 by the node's clock.</param>
/// <param name="Until">When it ends by itself, in the same unit.</param>
internal readonly record struct Session(string Id, long Since, long Until)
{
    private const string IdClaim = "sid";
    private const string SinceClaim = "since";
    private const string UntilClaim = "until";

    internal static Session Begin(long since, long until) => new(Convert.ToHexString(RandomNumberGenerator.GetBytes(16)), since, until);

    internal IEnumerable<Claim> Claims =>
    [
        new(IdClaim, Id), new(SinceClaim, Since.ToString(CultureInfo.InvariantCulture)), new(UntilClaim, Until.ToString(CultureInfo.InvariantCulture)),
    ];

    /// <summary>False if nobody is signed in, or by a node of before sessions told their times.</summary>
    internal static bool TryRead(ClaimsPrincipal cookie, out Session session)
    {
        session = default;
        if (cookie.FindFirstValue(IdClaim) is not { } id || !TryParse(cookie.FindFirstValue(SinceClaim), out var since) || !TryParse(cookie.FindFirstValue(UntilClaim), out var until))
        {
            return false;
        }

        session = new Session(id, since, until);
        return true;
    }

    internal static bool TryParse([NotNullWhen(true)] string? text, out long instant) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out instant);
}
