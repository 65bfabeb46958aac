import { describe, expect, it } from 'vitest';
import type { MemberSums, Standing } from '../../api/gen/accounts';
import { worstMembers } from './worst';

const units = (value: number) => ({ mantissa: String(value), exponent: 0 });

function member(id: string, requirement: number, excess: number, shortfall = 0, standing: Standing = 'STANDING_ACTIVE'): MemberSums {
  const sum = {
    currency: 'USD', accounts: 2, requirement: units(requirement), collateral: units(requirement + excess), excess: units(excess), shortfall: units(shortfall), shortAccounts: shortfall > 0 ? 1 : 0,
    staleAccounts: 0, openCalls: 0, callRemaining: units(0), callDeadline: '0',
  };
  return { member: id, standing, since: '0', sums: [sum] };
}

const order = (...members: MemberSums[]) => worstMembers(members).map((l) => l.member);

describe('the worst members', () => {
  it('begin with who is short in one account, though another has more than enough', () => expect(order(member('THIN', 1000, 1), member('NETTED', 1000, 5000, 300))).toEqual(['NETTED', 'THIN']));

  it('are in the order of what is missing in proportion', () => expect(order(member('LARGE', 100_000, -500, 500), member('SMALL', 100, 900, 50), member('NO-REQUIREMENT', 0, 10, 2))).toEqual(['NO-REQUIREMENT', 'SMALL', 'LARGE']));

  it('go on with the least excess in proportion', () => expect(order(member('RICH', 10, 1000), member('POOR', 1000, 10))).toEqual(['POOR', 'RICH']));

  it('leave out who needs nothing, unless it is suspended', () => expect(order(member('IDLE', 0, 10), member('SUSPENDED', 0, 10, 0, 'STANDING_SUSPENDED'))).toEqual(['SUSPENDED']));
});
