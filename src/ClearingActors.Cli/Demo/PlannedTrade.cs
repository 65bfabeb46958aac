using ClearingActors.Contracts.Common.V1;
using ClearingActors.Contracts.Members.V1;

namespace ClearingActors.Cli.Demo;

/// <summary>A report of the flow and what a clearing house should make of it.</summary>
/// <param name="Reporter">Index of the member that reports it.</param>
/// <param name="Report">The report.</param>
/// <param name="Expected">The reason it should be rejected for; unspecified where it should be novated.</param>
/// <param name="IsRepeat">The same report as an earlier one: its answer should be that one's.</param>
public sealed record PlannedTrade(int Reporter, TradeReport Report, RejectReason Expected, bool IsRepeat);
