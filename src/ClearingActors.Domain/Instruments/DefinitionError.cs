namespace ClearingActors.Domain.Instruments;

/// <summary>Why a definition was refused.</summary>
/// <param name="Field">The field's name.</param>
/// <param name="Value">The value given, as text.</param>
/// <param name="Allowed">What is allowed.</param>
public sealed record DefinitionError(string Field, string Value, string Allowed)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Field} is \"{Value}\": {Allowed}";
}
