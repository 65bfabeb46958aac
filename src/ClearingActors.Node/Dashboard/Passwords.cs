using System.Buffers.Text;
using Microsoft.AspNetCore.Identity;

namespace ClearingActors.Node.Dashboard;

/// <summary>Passwords as ASP.NET Core Identity hashes them: PBKDF2 with HMAC-SHA512, a salt of 128 bits and 100,000 iterations. Thread-safe.</summary>
public static class Passwords
{
    /// <summary>The shortest that is taken.</summary>
    public const int Shortest = 12;

    /// <summary>The longest that is taken: hashing a longer one would only keep the node busy.</summary>
    public const int Longest = 256;

    private const byte Version = 1;
    private const int HeaderBytes = 13;
    private static readonly object Nobody = new();
    private static readonly PasswordHasher<object> Hasher = new();

    /// <summary>Compared with where there is no such user, so that the time does not tell.</summary>
    private static readonly string Dummy = Hash("nobody has this password");

    /// <summary>A new salt each time.</summary>
    /// <exception cref="ArgumentException">It is too short or too long.</exception>
    public static string Hash(string password) => password.Length is >= Shortest and <= Longest
        ? Hasher.HashPassword(Nobody, password)
        : throw new ArgumentException($"the password has {password.Length} characters: {Shortest} to {Longest} are required", nameof(password));

    /// <summary>True if the text looks like a hash.</summary>
    public static bool IsHash(string text) =>
        Base64.IsValid(text, out var bytes) && bytes is > HeaderBytes + 32 and < 512 && Convert.FromBase64String(text)[0] == Version;

    /// <summary>True if the password is the one; takes as long when there is none.</summary>
    public static bool Verify(string? hash, string password) =>
        password.Length <= Longest && Hasher.VerifyHashedPassword(Nobody, hash ?? Dummy, password) != PasswordVerificationResult.Failed && hash is not null;
}
