import type { Auction, Default, Lot } from '../../api/gen/defaults';
import { formatUnits } from '../../format/decimal';
import { Badge, Panel } from '../../ui/Panel';
import { Countdown, Time } from '../../ui/Time';
import { formatWord, money } from './words';

const tierWord = ['', 'no bid', 'poor', 'fair', 'winner or near'];

/** Auctions, the newest first. What members bid is shown after the close only: the node itself does not tell it before. */
export function AuctionsPanel({ d, businessTime }: { d: Default; businessTime: string | undefined }) {
  if (d.auctions.length === 0) return null;
  return (
    <Panel title="Auctions">
      {[...d.auctions].reverse().map((auction) => (
        <AuctionView key={`${auction.account} ${auction.number}`} d={d} auction={auction} businessTime={businessTime} />
      ))}
    </Panel>
  );
}

function AuctionView({ d, auction, businessTime }: { d: Default; auction: Auction; businessTime: string | undefined }) {
  return (
    <article className="auction">
      <header>
        <h3>
          Auction {auction.number} of {auction.account}
        </h3>
        {auction.closed ? (
          <Badge tone="info">closed</Badge>
        ) : (
          <span>
            <Badge tone="warn">open</Badge> closes in <Countdown to={auction.closesAt} now={businessTime} />
          </span>
        )}
        <span className="muted">
          opened <Time at={auction.openedAt} show="both" />
        </span>
      </header>
      {auction.failure ? <p className="error">{auction.failure}</p> : null}
      {auction.lots.map((lot) => (
        <LotView key={lot.id} d={d} auction={auction} lot={lot} />
      ))}
    </article>
  );
}

function LotView({ d, auction, lot }: { d: Default; auction: Auction; lot: Lot }) {
  const bids = auction.bids.filter((b) => b.lot === lot.id).sort((a, b) => (BigInt(b.content?.amount ?? 0) > BigInt(a.content?.amount ?? 0) ? 1 : -1));
  return (
    <div className="lot">
      <dl className="facts">
        <dt>Lot</dt>
        <dd>
          {lot.id} ({lot.productGroup}), {lot.units === '1' ? 'one unit' : `${lot.units} units`}, {formatWord[lot.format]}
        </dd>
        <dt>Positions</dt>
        <dd>
          {lot.positions
            .slice(0, 6)
            .map((p) => `${formatUnits(BigInt(p.lots), 0)} ${p.instrument}`)
            .join(', ')}
          {lot.positions.length > 6 ? ` and ${lot.positions.length - 6} more` : ''}
        </dd>
        <dt>Margin</dt>
        <dd className="number">{money(d, lot.margin, true)}</dd>
        <dt>Lowest amount that wins</dt>
        <dd className="number">{money(d, lot.reserve, true)}</dd>
        {auction.closed ? (
          <>
            <dt>Awarded</dt>
            <dd>
              {lot.awards.length === 0 ? 'nothing' : lot.awards.map((a) => `${a.units} to ${a.member} at ${money(d, a.amount, true)}`).join(', ')}
              {lot.unsoldUnits !== '0' ? <span className="bad"> – {lot.unsoldUnits} unsold</span> : null}
            </dd>
          </>
        ) : null}
      </dl>
      {auction.closed ? (
        bids.length === 0 ? (
          <p className="muted">Nobody bid.</p>
        ) : (
          <div className="table-frame" tabIndex={0} role="region" aria-label={`Bids for lot ${lot.id}`}>
            <table>
              <thead>
                <tr>
                  <th scope="col">Member</th>
                  <th scope="col" className="right">
                    Amount for a unit, {d.currency}
                  </th>
                  <th scope="col" className="right">
                    Units
                  </th>
                  <th scope="col">Quality</th>
                  <th scope="col" className="wide">
                    At
                  </th>
                </tr>
              </thead>
              <tbody>
                {bids.map((b) => (
                  <tr key={b.sequence} className={b.dead ? 'muted' : undefined}>
                    <td>{b.member}</td>
                    <td className="right number">{b.content ? money(d, b.content.amount) : '–'}</td>
                    <td className="right number">{b.content?.units ?? '–'}</td>
                    <td>{b.dead ? 'replaced or withdrawn' : (tierWord[b.tier] ?? '')}</td>
                    <td className="wide">
                      <Time at={b.at} show="both" />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )
      ) : (
        <p className="muted">Bids are sealed until the close.</p>
      )}
    </div>
  );
}
