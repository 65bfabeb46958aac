import { Link, useParams } from 'react-router-dom';
import type { GetAccountPageResponse } from '../../api/gen/accounts';
import { useLive } from '../../api/live';
import { signOf } from '../../format/decimal';
import { Amount } from '../../ui/Amount';
import { Badge, Figure } from '../../ui/Panel';
import { Countdown } from '../../ui/Time';
import './accounts.css';
import { CallsPanel } from './CallsPanel';
import { CollateralPanel } from './CollateralPanel';
import { StandingBadge } from './MembersPanel';
import { PositionsPanel } from './PositionsPanel';
import { RequirementPanel } from './RequirementPanel';
import { ScenariosPanel } from './ScenariosPanel';
import { TimelinePanel } from './TimelinePanel';

/** One account in full. */
export default function AccountPage() {
  const account = useParams().account ?? '';
  const page = useLive('clearing.accounts.v1.AccountsService/GetAccountPage', { account }, 1000);
  const value = page.value;
  const back = (
    <p>
      <Link to="/accounts">All accounts</Link>
    </p>
  );
  if (!value?.account || !value.margin) {
    return (
      <>
        {back}
        {page.error ? <p className="error">{page.error}</p> : <p role="status">Loading …</p>}
      </>
    );
  }
  return (
    <>
      {back}
      {page.error ? (
        <p className="error" role="alert">
          {page.error}
        </p>
      ) : null}
      <Title page={value} />
      <div className="panels">
        <Headline page={value} />
        <PositionsPanel positions={value.positions} />
        <RequirementPanel margin={value.margin} />
        <div className="half stack">
          <CollateralPanel margin={value.margin} intradayLimit={value.intradayLimit} />
          <CallsPanel account={account} margin={value.margin} businessTime={value.businessTime} payments={value.account.paymentsDue} />
        </div>
        <ScenariosPanel key={`scenarios ${account}`} account={account} />
        <TimelinePanel key={`timeline ${account}`} account={account} />
      </div>
    </>
  );
}

function Title({ page }: { page: GetAccountPageResponse }) {
  const account = page.account!;
  const member = account.member;
  return (
    <div className="account-title">
      <h2 className="account-name">{account.account}</h2>
      <span>
        of <Link to={`/accounts?member=${encodeURIComponent(member)}`}>{member}</Link>
      </span>
      <StandingBadge standing={page.standing} />
      <span className="muted">
        {words(account.segregation)}, margined in {account.currency}, {account.status.toLowerCase()}
      </span>
      {page.margin!.official?.gearingExceeded ? <Badge tone="bad">Gearing exceeded: may only reduce</Badge> : null}
    </div>
  );
}

/** ClientOmnibusNet as "client omnibus net". */
function words(name: string): string {
  return name.replace(/(?!^)([A-Z])/g, ' $1').toLowerCase();
}

function Headline({ page }: { page: GetAccountPageResponse }) {
  const margin = page.margin!;
  const coverage = margin.indicative ?? margin.official?.coverage;
  const source = margin.indicative ? (margin.stale ? 'by the monitor, the last that could be computed' : 'by the monitor, at the newest marks') : margin.official ? `by margin run ${margin.official.run}` : 'never assessed';
  const open = margin.calls.filter((call) => call.status === 'STATUS_ISSUED').sort((a, b) => (BigInt(a.deadline) < BigInt(b.deadline) ? -1 : 1));
  const excess = signOf(coverage?.excess);
  return (
    <div className="figures account-figures">
      <Figure name={`Requirement, ${margin.currency}`} note={source}>
        <Amount value={coverage?.requirement} currency={margin.currency} />
      </Figure>
      <Figure name="Collateral" note="what counts, haircuts taken off">
        <Amount value={coverage?.collateral} currency={margin.currency} />
      </Figure>
      <Figure name="Excess" note={!coverage ? 'never assessed' : excess < 0 ? 'the account is short' : 'the requirement is covered'} tone={excess < 0 ? 'bad' : undefined}>
        <Amount value={coverage?.excess} currency={margin.currency} />
      </Figure>
      <Figure name="Accrued variation margin" note="since the last settlement; a gain does not count yet">
        <Amount value={coverage?.accruedVariationMargin} currency={margin.currency} />
      </Figure>
      <Figure name="Open calls" note={open[0] ? <>next due in <Countdown to={open[0].deadline} now={page.businessTime} /></> : 'nothing is called'} tone={open.length > 0 ? 'warn' : undefined}>
        {open.length}
      </Figure>
      {margin.stale ? (
        <Figure name="No figure at the newest marks" note="the last good one stands" tone="warn">
          <span className="figure-note">{margin.stale}</span>
        </Figure>
      ) : null}
    </div>
  );
}
