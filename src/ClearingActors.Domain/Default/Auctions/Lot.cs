using System.Globalization;
using ClearingActors.Domain.Instruments;

namespace ClearingActors.Domain.Default.Auctions;

/// <summary>A position in a lot.</summary>
/// <param name="Instrument">The instrument.</param>
/// <param name="Quantity">Lots of the contract, signed, not 0; above 0 the winner becomes long.</param>
public readonly record struct LotPosition(InstrumentId Instrument, long Quantity);

/// <summary>What is sold as one lot: positions of one product group, in one or more equal units (rulebook 11.3).</summary>
public sealed class Lot
{
    /// <summary>The most units a lot may have.</summary>
    public const int MaxUnits = 1_000_000;

    private Lot(string id, string productGroup, AuctionFormat format, int units, long margin, LotPosition[] positions)
    {
        Id = id;
        ProductGroup = productGroup;
        Format = format;
        Units = units;
        Margin = margin;
        Positions = positions;
    }

    /// <summary>1 to 64 characters of <c>[A-Za-z0-9._-]</c>.</summary>
    public string Id { get; }

    public string ProductGroup { get; }

    public AuctionFormat Format { get; }

    /// <summary>1, or up to <see cref="MaxUnits"/> in a multi-unit format.</summary>
    public int Units { get; }

    /// <summary>Initial margin of the whole lot, minor units, 0 or more.</summary>
    public long Margin { get; }

    /// <summary>Of the whole lot, by instrument id.</summary>
    public IReadOnlyList<LotPosition> Positions { get; }

    /// <summary>Checks a lot.</summary>
    /// <param name="id">An id.</param>
    /// <param name="productGroup">Not empty.</param>
    /// <param name="format">How it is sold.</param>
    /// <param name="units">Each position must be divisible by them.</param>
    /// <param name="margin">Of the whole lot, minor units.</param>
    /// <param name="positions">Each instrument once, in any order.</param>
    /// <param name="lot">Null if refused.</param>
    /// <param name="error">Null if not.</param>
    public static bool TryCreate(
        string id, string productGroup, AuctionFormat format, int units, long margin, IReadOnlyCollection<LotPosition> positions, out Lot? lot, out DefinitionError? error)
    {
        LotPosition[] ordered = [.. positions.OrderBy(p => p.Instrument)];
        error = Check(id, productGroup, format, units, margin, ordered);
        lot = error is null ? new Lot(id, productGroup, format, units, margin, ordered) : null;
        return error is null;
    }

    /// <summary>The positions of so many units, by instrument id; empty for none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More units than the lot has, or below 0.</exception>
    public IReadOnlyList<LotPosition> PositionsOf(int units)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(units);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(units, Units);
        return units == 0 ? [] : [.. Positions.Select(p => p with { Quantity = p.Quantity / Units * units })];
    }

    private static DefinitionError? Check(string id, string productGroup, AuctionFormat format, int units, long margin, LotPosition[] positions)
    {
        if (!IdText.IsValid(id))
        {
            return new DefinitionError("lot", id, $"1 to {IdText.MaxLength} characters of A-Z a-z 0-9 . _ - are needed");
        }

        if (string.IsNullOrEmpty(productGroup))
        {
            return Error("product group", productGroup, "a product group is needed");
        }

        if (format is not (AuctionFormat.SingleUnit or AuctionFormat.MultiUnitPayAsBid or AuctionFormat.MultiUnitUniformPrice))
        {
            return Error("format", format.ToString(), "single_unit, multi_unit_pay_as_bid or multi_unit_uniform_price is needed");
        }

        var most = format == AuctionFormat.SingleUnit ? 1 : MaxUnits;
        if (units < 1 || units > most)
        {
            return Error("units", Text(units), $"1 to {most} is allowed in this format");
        }

        if (margin < 0)
        {
            return Error("margin", Text(margin), "0 or more is needed");
        }

        if (positions.Length == 0)
        {
            return Error("positions", "", "one at least is needed");
        }

        for (var i = 0; i < positions.Length; i++)
        {
            var (instrument, quantity) = positions[i];
            if (instrument.IsNone || (i > 0 && positions[i - 1].Instrument == instrument))
            {
                return Error("positions", instrument.Value, "each instrument is needed once, with its id");
            }

            if (quantity == 0 || quantity % units != 0)
            {
                return Error($"position in {instrument}", Text(quantity), $"a multiple of the lot's {units} units other than 0 is needed; choose units that divide every position, or put the rest into another lot");
            }
        }

        return null;

        DefinitionError Error(string field, string value, string allowed) => new($"lot {id}, {field}", value, allowed);

        static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
    }
}
