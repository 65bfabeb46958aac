import { useEffect, useState } from 'react';
import { useLive } from '../../api/live';
import { call } from '../../api/rpc';
import { formatCount } from '../../format/decimal';
import { Panel } from '../../ui/Panel';
import { Time } from '../../ui/Time';
import { withEarlier, withNewest, type Known } from './timeline';

/** What happened to the account, newest first; what came before is fetched when it is asked for. */
export function TimelinePanel({ account }: { account: string }) {
  const newest = useLive('clearing.accounts.v1.AccountsService/GetTimeline', { account, limit: 50 }, 2000);
  const [known, setKnown] = useState<Known>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');

  useEffect(() => {
    const value = newest.value;
    if (value) setKnown((old) => withNewest(old, value));
  }, [newest.value]);

  const { events, lookedFrom } = known ?? newest.value ?? { events: [], lookedFrom: '1' };

  async function fetchEarlier() {
    setBusy(true);
    try {
      const answer = await call('clearing.accounts.v1.AccountsService/GetTimeline', { account, limit: 100, before: lookedFrom });
      setKnown((old) => withEarlier(old, lookedFrom, answer));
      setError('');
    } catch (e) {
      setError((e as Error).message);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Panel title="Timeline" className="half" error={newest.error || error}>
      {newest.value ? (
        <>
          {events.length === 0 ? <p className="muted">Nothing happened to this account lately.</p> : null}
          <ol className="timeline" tabIndex={0} aria-label="What happened, newest first">
            {events.map((e, i) => (
              <li key={`${e.position} ${i - events.findIndex((o) => o.position === e.position)}`}>
                <span className="when">
                  <Time at={e.recordedTime} show="both" />
                </span>
                <span className="what" title={`${e.type}, turn ${newest.value!.shard}:${e.position}`}>
                  {e.text}
                </span>
                {e.principal ? <span className="who">by {e.principal}</span> : null}
              </li>
            ))}
          </ol>
          <div className="panel-actions spaced">
            {lookedFrom === '1' ? (
              <span className="muted">This is the beginning of the journal.</span>
            ) : (
              <>
                <button type="button" disabled={busy} onClick={() => void fetchEarlier()}>
                  Earlier
                </button>
                <span className="muted">looked back to turn {formatCount(lookedFrom)} of shard {newest.value.shard}</span>
              </>
            )}
          </div>
        </>
      ) : newest.error ? null : (
        <p role="status">Loading …</p>
      )}
    </Panel>
  );
}
