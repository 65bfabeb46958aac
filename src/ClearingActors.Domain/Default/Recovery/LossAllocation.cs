namespace ClearingActors.Domain.Default.Recovery;

/// <summary>
/// A loss with every minor unit accounted for (rulebook 11.6): loss = sum of the layers including <c>ccp_remaining_equity</c>. Made by <see cref="Close"/> only.
/// </summary>
public sealed class LossAllocation
{
    private LossAllocation(long loss, IReadOnlyList<LayerUse> layers)
    {
        Loss = loss;
        Layers = layers;
    }

    /// <summary>Minor units, 0 or more.</summary>
    public long Loss { get; }

    /// <summary>In the order of first use; each layer once.</summary>
    public IReadOnlyList<LayerUse> Layers { get; }

    /// <summary>What no other layer bore; above 0 it starts wind-down (rulebook 11.5).</summary>
    public long RemainingEquityUsed => UsedOf(LayerKind.CcpRemainingEquity);

    /// <summary>What a layer bore; 0 if it is not there.</summary>
    public long UsedOf(LayerKind layer) => Layers.FirstOrDefault(l => l.Layer == layer.Id())?.Used ?? 0;

    /// <summary>Books the rest to <c>ccp_remaining_equity</c>. A layer used in several cycles is summed.</summary>
    /// <param name="loss">Minor units, 0 or more.</param>
    /// <param name="uses">In the order of use.</param>
    /// <exception cref="ArgumentException">The uses are more than the loss, a share or a use is negative, or shares do not sum to their use.</exception>
    public static LossAllocation Close(long loss, IEnumerable<LayerUse> uses)
    {
        var layers = new List<LayerUse>();
        var sum = Int128.Zero;
        foreach (var use in uses)
        {
            LayerUses.Check(use);
            sum += use.Used;
            var at = layers.FindIndex(l => l.Layer == use.Layer);
            if (at < 0)
            {
                layers.Add(use);
            }
            else
            {
                layers[at] = LayerUses.Sum(layers[at], use);
            }
        }

        if (loss < 0 || sum > loss)
        {
            throw new ArgumentException($"layers of {sum} were used for a loss of {loss}; the loss in all is needed, with no more than it used", nameof(loss));
        }

        var rest = (long)(loss - sum);
        var equity = LayerKind.CcpRemainingEquity.Id();
        if (rest > 0)
        {
            var at = layers.FindIndex(l => l.Layer == equity);
            var use = new LayerUse(equity, rest, []);
            if (at < 0)
            {
                layers.Add(use);
            }
            else
            {
                layers[at] = LayerUses.Sum(layers[at], use);
            }
        }

        return new LossAllocation(loss, layers);
    }
}
