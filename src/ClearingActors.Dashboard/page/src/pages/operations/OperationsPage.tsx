import { useMemo } from 'react';
import { useLive } from '../../api/live';
import { Panel } from '../../ui/Panel';
import { Decided } from './Decided';
import { HandIn } from './HandIn';
import { Waiting } from './Waiting';

/** What people decide: what waits for a second person, what was decided, and a form for whatever has no button of its own. */
export default function OperationsPage() {
  const actions = useLive('clearing.actions.v1.ActionService/GetActions', { limit: 200 }, 500);
  const now = useLive('clearing.house.v1.HouseService/GetOverview', {}, 500).value?.businessTime;
  const known = actions.value;
  const waiting = useMemo(() => known?.open.filter((a) => a.stage === 'ACTION_STAGE_PROPOSED') ?? [], [known]);
  const running = useMemo(() => known?.open.filter((a) => a.stage !== 'ACTION_STAGE_PROPOSED') ?? [], [known]);
  if (!known) return actions.error ? <p className="error">{actions.error}</p> : <p role="status">Loading …</p>;
  return (
    <div className="panels">
      <Panel title={`Waiting for a second person (${waiting.length})`} error={actions.error}>
        {waiting.length === 0 ? <p className="muted">Nothing waits.</p> : null}
        <Waiting actions={waiting} kinds={known.kinds} now={now} />
      </Panel>
      {running.length > 0 ? (
        <Panel title={`Being carried out (${running.length})`}>
          <Waiting actions={running} kinds={known.kinds} now={now} />
        </Panel>
      ) : null}
      <Panel title="Decided" className="two-thirds">
        <Decided actions={known.decided} kinds={known.kinds} />
      </Panel>
      <Panel title="Hand in an action" className="third">
        <HandIn kinds={known.kinds} />
      </Panel>
    </div>
  );
}
