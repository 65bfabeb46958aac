import type { MarginSum, MemberSums, Standing } from '../../api/gen/accounts';
import { approximate, compareDecimals, signOf } from '../../format/decimal';

/** A member in one currency. */
export interface MemberLine extends MarginSum {
  member: string;
  standing: Standing;
}

/**
 * Members that have a requirement, are short or not in good standing; the worst first: by what is missing in single accounts in proportion to the requirement, since one account's
 * excess does not help another, then by the least excess in proportion.
 */
export function worstMembers(members: MemberSums[]): MemberLine[] {
  return members
    .flatMap((m) => m.sums.map((s) => ({ ...s, member: m.member, standing: m.standing })))
    .filter((l) => signOf(l.requirement) !== 0 || signOf(l.shortfall) > 0 || l.standing !== 'STANDING_ACTIVE')
    .sort((a, b) => ratio(b, 'shortfall') - ratio(a, 'shortfall') || compareDecimals(b.shortfall, a.shortfall) || ratio(a, 'excess') - ratio(b, 'excess') || a.member.localeCompare(b.member));
}

function ratio(line: MemberLine, of: 'shortfall' | 'excess'): number {
  return approximate(line[of]) / Math.max(approximate(line.requirement), 1);
}
