using System.Diagnostics.CodeAnalysis;

namespace ClearingActors.Node.Principals;

/// <summary>Says who a caller is: by a configured token now, by a certificate later. Thread-safe.</summary>
public interface IPrincipals
{
    /// <summary>The principal of an <c>authorization</c> header; false if it names nobody.</summary>
    bool TryIdentify(string? authorization, [NotNullWhen(true)] out Principal? principal);
}
