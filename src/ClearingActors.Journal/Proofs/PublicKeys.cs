using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace ClearingActors.Journal.Proofs;

/// <summary>Public keys that one who verifies trusts, by id. One thread.</summary>
public sealed class PublicKeys : IDisposable
{
    private readonly Dictionary<string, ECDsa> _keys = new(StringComparer.Ordinal);

    /// <summary>Keys.</summary>
    public int Count => _keys.Count;

    /// <summary>The keys of a PEM text with one or more "PUBLIC KEY" blocks.</summary>
    /// <exception cref="FormatException">There is none in it, or one is not on P-256.</exception>
    public static PublicKeys FromPem(string pem)
    {
        var keys = new PublicKeys();
        try
        {
            ReadOnlySpan<char> rest = pem;
            while (PemEncoding.TryFind(rest, out var block))
            {
                var label = rest[block.Label];
                if (!label.SequenceEqual("PUBLIC KEY"))
                {
                    throw new FormatException($"it holds a \"{label}\"; only \"PUBLIC KEY\" is wanted here");
                }

                keys.Add(Convert.FromBase64String(rest[block.Base64Data].ToString()));
                rest = rest[block.Location.End..];
            }

            return keys.Count > 0 ? keys : throw new FormatException("it holds no \"PUBLIC KEY\" in PEM");
        }
        catch
        {
            keys.Dispose();
            throw;
        }
    }

    /// <summary>Trusts a key.</summary>
    /// <exception cref="FormatException">It is not a SubjectPublicKeyInfo of a key on P-256.</exception>
    public void Add(ReadOnlySpan<byte> publicKey)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(publicKey, out var read);
            if (read != publicKey.Length)
            {
                throw new FormatException($"{publicKey.Length - read} bytes follow a public key");
            }

            RequireP256(key);
            if (!_keys.TryAdd(Convert.ToHexStringLower(SHA256.HashData(publicKey)), key))
            {
                key.Dispose();
            }
        }
        catch (CryptographicException e)
        {
            key.Dispose();
            throw new FormatException($"it is not a public key: {e.Message}", e);
        }
        catch (FormatException)
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>True if the key is trusted.</summary>
    public bool Knows(ReadOnlySpan<byte> id) => TryFind(id, out _);

    /// <summary>True if the key is trusted and signed the data.</summary>
    public bool HasSigned(ReadOnlySpan<byte> id, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        TryFind(id, out var key) && key.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var key in _keys.Values)
        {
            key.Dispose();
        }
    }

    internal static void RequireP256(ECDsa key)
    {
        if (key.KeySize != 256 || key.ExportParameters(false).Curve.Oid.Value != ECCurve.NamedCurves.nistP256.Oid.Value)
        {
            throw new FormatException($"a key of {key.KeySize} bits on another curve; P-256 is needed");
        }
    }

    private bool TryFind(ReadOnlySpan<byte> id, [NotNullWhen(true)] out ECDsa? key) => _keys.TryGetValue(Convert.ToHexStringLower(id), out key);
}
