import type { Decimal } from '../../api/gen/common';
import type { GetMarginResponse } from '../../api/gen/margin';
import { formatDecimal, signOf } from '../../format/decimal';
import { Amount } from '../../ui/Amount';
import { Panel } from '../../ui/Panel';

/** What is held, and what of it counts. */
export function CollateralPanel({ margin, intradayLimit }: { margin: GetMarginResponse; intradayLimit: Decimal | undefined }) {
  const isPriced = margin.collateral.some((line) => line.price);
  const isCut = margin.collateral.some((line) => signOf(line.cut) !== 0);
  return (
    <Panel title="Collateral">
      {margin.collateral.length === 0 ? (
        <p className="muted">Nothing is held.</p>
      ) : (
        <div className="table-frame" tabIndex={0} role="region" aria-label="What is held">
          <table>
            <thead>
              <tr>
                <th scope="col">Held</th>
                <th scope="col" className="right">
                  Quantity
                </th>
                {isPriced ? (
                  <th scope="col" className="right wide">
                    Price
                  </th>
                ) : null}
                <th scope="col" className="right wide">
                  Haircut
                </th>
                {isCut ? (
                  <th scope="col" className="right wide">
                    Limits take
                  </th>
                ) : null}
                <th scope="col" className="right">
                  Counts, {margin.currency}
                </th>
              </tr>
            </thead>
            <tbody>
              {margin.collateral.map((line) => (
                <tr key={`${line.isCash} ${line.name}`}>
                  <td>{line.isCash ? `${line.name} cash` : line.name}</td>
                  <td className="right">{line.isCash ? <Amount value={line.quantity} currency={line.currency} /> : <span className="number">{formatDecimal(line.quantity)}</span>}</td>
                  {isPriced ? (
                    <td className="right wide">
                      {line.price ? (
                        <span className="number">
                          {formatDecimal(line.price)} {line.currency}
                        </span>
                      ) : (
                        '–'
                      )}
                    </td>
                  ) : null}
                  <td className="right wide">{percent(line.haircut)}</td>
                  {isCut ? <td className="right wide">{signOf(line.cut) === 0 ? <span className="muted">nothing</span> : <Amount value={line.cut} currency={margin.currency} />}</td> : null}
                  <td className="right">{line.why ? <span className="bad wraps">{line.why}</span> : <Amount value={line.counted} currency={margin.currency} />}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {signOf(intradayLimit) > 0 ? (
        <p className="muted spaced">
          Beyond it the account may use <Amount value={intradayLimit} currency={margin.currency} show /> within a day.
        </p>
      ) : null}
    </Panel>
  );
}

/** A fraction, exactly, as a percentage. */
function percent(fraction: Decimal | undefined): string {
  if (fraction && signOf(fraction) === 0) return '0 %';
  return fraction ? `${formatDecimal({ mantissa: fraction.mantissa, exponent: fraction.exponent + 2 })} %` : '–';
}
