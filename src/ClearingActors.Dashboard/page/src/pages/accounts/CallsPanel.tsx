import type { GetMarginResponse, MarginCall } from '../../api/gen/margin';
import type { PaymentDue } from '../../api/gen/members';
import { ActionButton } from '../../ui/ActionButton';
import { Amount } from '../../ui/Amount';
import { Badge, Panel, type Tone } from '../../ui/Panel';
import { Countdown, Time } from '../../ui/Time';

const words: Record<MarginCall['status'], [string, Tone]> = {
  STATUS_UNSPECIFIED: ['', 'info'],
  STATUS_ISSUED: ['open', 'warn'],
  STATUS_MET: ['met', 'good'],
  STATUS_MISSED: ['missed', 'bad'],
  STATUS_WITHDRAWN: ['withdrawn', 'info'],
};

/** Open margin calls with what is left of their time, those that have ended, and payments that are due. */
export function CallsPanel({ account, margin, businessTime, payments }: { account: string; margin: GetMarginResponse; businessTime: string; payments: PaymentDue[] }) {
  const open = margin.calls.filter((call) => call.status === 'STATUS_ISSUED');
  const ended = margin.calls.filter((call) => call.status !== 'STATUS_ISSUED').reverse();
  return (
    <Panel title="Margin calls">
      {margin.calls.length === 0 ? <p className="muted">Nothing was called.</p> : null}
      {open.length + payments.length > 0 ? (
        <ul className="alerts">
          {open.map((call) => (
            <li key={call.number}>
              <Badge tone="warn">call {call.number}</Badge>
              <span className="alert-text">
                <Amount value={call.remaining} currency={margin.currency} show /> of <Amount value={call.amount} currency={margin.currency} /> is still to come, due in{' '}
                <Countdown to={call.deadline} now={businessTime} />
              </span>
              <ActionButton
                method="clearing.margin.v1.MarginService/WithdrawMarginCall"
                request={{ account, call: call.number }}
                label="Withdraw …"
                what={`Withdraw margin call ${call.number} of ${account}`}
                danger
              />
            </li>
          ))}
          {payments.map((due) => (
            <li key={`${due.cycle} ${due.currency}`}>
              <Badge tone="warn">payment due</Badge>
              <span className="alert-text">
                <Amount value={due.amount} currency={due.currency} show /> for cycle {due.cycle}
                {due.deadline === '0' ? (
                  ', no deadline'
                ) : (
                  <>
                    , due in <Countdown to={due.deadline} now={businessTime} />
                  </>
                )}
              </span>
            </li>
          ))}
        </ul>
      ) : null}
      {ended.length > 0 ? (
        <div className="table-frame ended" tabIndex={0} role="region" aria-label="Calls that have ended">
          <table>
            <thead>
              <tr>
                <th scope="col">Call</th>
                <th scope="col">Ended</th>
                <th scope="col" className="right">
                  Called, {margin.currency}
                </th>
                <th scope="col" className="wide">
                  Was due
                </th>
              </tr>
            </thead>
            <tbody>
              {ended.map((call) => (
                <tr key={call.number}>
                  <td>No. {call.number}</td>
                  <td>
                    <Badge tone={words[call.status][1]}>{words[call.status][0]}</Badge>
                  </td>
                  <td className="right">
                    <Amount value={call.amount} currency={margin.currency} />
                  </td>
                  <td className="wide">
                    <Time at={call.deadline} show="both" />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
    </Panel>
  );
}
