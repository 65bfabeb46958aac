import type { Default } from '../../api/gen/defaults';
import { Badge, Figure, Panel } from '../../ui/Panel';
import { layerWord, money } from './words';

/** The layers that bear the loss, filled in their order. Before the allocation the order alone. */
export function WaterfallPanel({ d, terms }: { d: Default; terms: string }) {
  const allocation = d.allocation;
  if (!allocation) {
    const order = orderOf(terms);
    return (
      <Panel title="Waterfall">
        <p className="muted">Nothing is allocated yet. When every account is settled, the loss is borne in this order:</p>
        <ol className="order">
          {order.map((layer) => (
            <li key={layer}>{layerWord[layer] ?? layer}</li>
          ))}
        </ol>
      </Panel>
    );
  }

  const largest = allocation.layers.reduce((most, l) => (BigInt(l.available) > most ? BigInt(l.available) : most), 1n);
  const share = (minor: string) => Number((BigInt(minor) * 10_000n) / largest) / 100;
  return (
    <Panel title="Waterfall" actions={allocation.unallocated === '0' ? <Badge tone="good">borne in full</Badge> : <Badge tone="bad">not borne in full</Badge>}>
      <div className="figures">
        <Figure name={`Loss, ${d.currency}`}>{money(d, allocation.loss)}</Figure>
        <Figure name={`Not borne, ${d.currency}`} tone={allocation.unallocated === '0' ? undefined : 'bad'}>
          {money(d, allocation.unallocated)}
        </Figure>
      </div>
      <div className="table-frame spaced" tabIndex={0} role="region" aria-label="Layers of the waterfall">
        <table className="waterfall">
          <thead>
            <tr>
              <th scope="col">Layer</th>
              <th scope="col">Filled</th>
              <th scope="col" className="right">
                Used, {d.currency}
              </th>
              <th scope="col" className="right wide">
                Of, {d.currency}
              </th>
              <th scope="col" className="wide">
                By member
              </th>
            </tr>
          </thead>
          <tbody>
            {allocation.layers.map((layer, i) => (
              <tr key={layer.layer}>
                <th scope="row">
                  {i + 1}. {layerWord[layer.layer] ?? layer.layer}
                </th>
                <td className="fill">
                  <div className="layer" style={{ width: `${Math.max(share(layer.available), 0.5)}%` }} aria-hidden="true">
                    <div style={{ width: `${layer.available === '0' ? 0 : Number((BigInt(layer.used) * 10_000n) / BigInt(layer.available)) / 100}%` }} />
                  </div>
                  <span className="unseen">{layer.available === '0' ? 'nothing there' : `${Number((BigInt(layer.used) * 1000n) / BigInt(layer.available)) / 10} per cent used`}</span>
                </td>
                <td className="right number">{money(d, layer.used)}</td>
                <td className="right number wide">{money(d, layer.available)}</td>
                <td className="wide shares">{layer.byMember.map((m) => `${m.member} ${money(d, m.amount)}`).join(', ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {d.recoveries.length > 0 ? (
        <p className="spaced">
          Recovered since: {d.recoveries.map((r) => `${money(d, r.amount, true)} (${r.repaid.map((l) => `${layerWord[l.layer] ?? l.layer} ${money(d, l.used)}`).join(', ')})`).join('; ')}
        </p>
      ) : null}
    </Panel>
  );
}

/** The waterfall's order in the terms, which the node has checked; the usual one where they do not name any. */
function orderOf(terms: string): string[] {
  const usual = ['defaulter_margin', 'defaulter_default_fund', 'ccp_junior_capital', 'default_fund', 'ccp_senior_capital', 'assessments'];
  const named = /"waterfall"\s*:\s*\[([^\]]*)\]/.exec(terms)?.[1]?.match(/"([a-z_]+)"/g)?.map((s) => s.slice(1, -1));
  return named ?? usual;
}
