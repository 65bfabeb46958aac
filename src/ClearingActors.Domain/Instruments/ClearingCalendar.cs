namespace ClearingActors.Domain.Instruments;

/// <summary>An instrument's calendar (rulebook 2). The domain stores it; instants are worked out where zones are known.</summary>
/// <param name="Zone">IANA zone name, such as <c>America/Chicago</c>.</param>
/// <param name="DailyCutOff">Wall-clock time in the zone at which the trading day ends.</param>
/// <param name="Holidays">Ascending, each once.</param>
/// <param name="TradesWeekends">True for markets that never close.</param>
public sealed record ClearingCalendar(string Zone, TimeOnly DailyCutOff, IReadOnlyList<DateOnly> Holidays, bool TradesWeekends);
