using System.Security.Cryptography;

namespace ClearingActors.Journal.Proofs;

/// <summary>The private key that signs checkpoints: ECDSA on the curve P-256.</summary>
public sealed class CheckpointKey : IDisposable
{
    private readonly ECDsa _key;

    private CheckpointKey(ECDsa key)
    {
        _key = key;
        PublicKey = key.ExportSubjectPublicKeyInfo();
        Id = SHA256.HashData(PublicKey.Span);
    }

    /// <summary>The SubjectPublicKeyInfo, DER.</summary>
    public ReadOnlyMemory<byte> PublicKey { get; }

    /// <summary>SHA-256 of <see cref="PublicKey"/>.</summary>
    public ReadOnlyMemory<byte> Id { get; }

    /// <summary>A new random key.</summary>
    public static CheckpointKey Create() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>The key of a PEM text ("PRIVATE KEY" or "EC PRIVATE KEY").</summary>
    /// <exception cref="FormatException">It is none, or of another curve.</exception>
    public static CheckpointKey FromPem(string pem)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            PublicKeys.RequireP256(key);
            return new CheckpointKey(key);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException or FormatException)
        {
            key.Dispose();
            throw new FormatException($"it is not the PEM text of a private key on P-256: {e.Message}", e);
        }
    }

    /// <summary>"PRIVATE KEY", PKCS #8.</summary>
    public string ToPrivatePem() => _key.ExportPkcs8PrivateKeyPem();

    /// <summary>"PUBLIC KEY".</summary>
    public string ToPublicPem() => _key.ExportSubjectPublicKeyInfoPem();

    /// <summary>r and s, 32 bytes each, over SHA-256 of the data.</summary>
    public byte[] Sign(ReadOnlySpan<byte> data) => _key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}
