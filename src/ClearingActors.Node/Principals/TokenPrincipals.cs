using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Node.Settings;

namespace ClearingActors.Node.Principals;

/// <summary>Principals by the tokens of the settings. Tokens are kept as SHA-256 only and compared in a time that does not depend on their content.</summary>
public sealed class TokenPrincipals : IPrincipals
{
    private const string Scheme = "Bearer ";

    private readonly (byte[] TokenHash, Principal Principal)[] _known;

    /// <exception cref="FormatException">An id in the settings breaks its rule.</exception>
    public TokenPrincipals(IEnumerable<PrincipalSettings> settings) => _known =
    [
        .. settings.Select(s => (Hash(s.Token), new Principal(
            s.Name, s.Roles, s.Sources.Select(SourceId.Parse), s.Members.Select(MemberId.Parse), s.MarkSources.Select(MarkSourceId.Parse)))),
    ];

    /// <inheritdoc/>
    public bool TryIdentify(string? authorization, [NotNullWhen(true)] out Principal? principal)
    {
        principal = null;
        if (authorization is null || !authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var hash = Hash(authorization[Scheme.Length..]);
        foreach (var (known, candidate) in _known)
        {
            // No early end: the time must not tell which token was near.
            if (CryptographicOperations.FixedTimeEquals(known, hash))
            {
                principal = candidate;
            }
        }

        return principal is not null;
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
