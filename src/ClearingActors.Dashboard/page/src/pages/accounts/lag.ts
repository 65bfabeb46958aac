import { formatSpan, millisOf } from '../../format/time';

/** Up to so long the list may be behind: it is fetched after each change. */
const tolerated = 5000;

/** Says how old the list is where it is behind the house; empty if it is not. `at` are UTC nanoseconds of the node's clock. */
export function lagText(list: { version: string; at: string } | undefined, house: { version: string; at: string } | undefined): string {
  if (!list || !house || list.version === house.version) return '';
  const behind = millisOf(house.at) - millisOf(list.at);
  return behind > tolerated ? `The list is ${formatSpan(behind)} older than the sums of the members.` : '';
}
