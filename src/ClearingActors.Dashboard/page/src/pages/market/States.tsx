import type { Market } from '../../api/gen/markets';
import { Badge } from '../../ui/Panel';
import { statesOf } from './market';

/** What is to be said of an instrument, each in a word with its sign. */
export function States({ market, houseHalted }: { market: Market; houseHalted: boolean }) {
  return (
    <span className="states">
      {statesOf(market, houseHalted).map((s) => (
        <Badge key={s.word} tone={s.tone}>
          {s.word}
        </Badge>
      ))}
    </span>
  );
}
