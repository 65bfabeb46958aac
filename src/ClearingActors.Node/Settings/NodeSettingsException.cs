namespace ClearingActors.Node.Settings;

/// <summary>A setting is not usable; the message names file, JSON path, value and what is allowed.</summary>
public sealed class NodeSettingsException(string message, Exception? inner = null) : Exception(message, inner);
