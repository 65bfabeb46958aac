import { useId, useState } from 'react';
import type { RunReverseStressRequest_Kind, RunReverseStressResponse } from '../../api/gen/stress';
import { call } from '../../api/rpc';
import { formatCount } from '../../format/decimal';
import { Amount } from '../../ui/Amount';
import { Badge } from '../../ui/Panel';
import { coverTwo } from './figures';

/** Looks for the smallest shock of a factor that exhausts the resources. It changes nothing. */
export function ReverseStress({ factors }: { factors: string[] }) {
  const id = useId();
  const [factor, setFactor] = useState(factors[0] ?? '');
  const [kind, setKind] = useState<RunReverseStressRequest_Kind>('KIND_RELATIVE');
  const [furthest, setFurthest] = useState('-50');
  const [steps, setSteps] = useState('100');
  const [result, setResult] = useState<RunReverseStressResponse>();
  const [asked, setAsked] = useState('');
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const relative = kind === 'KIND_RELATIVE';
  const shock = (value: number) => (relative ? `${(value * 100).toFixed(2)} %` : value.toPrecision(6)).replace('-', '−');

  async function look() {
    setBusy(true);
    setError('');
    setResult(undefined);
    const end = relative ? Number(furthest) / 100 : Number(furthest);
    try {
      setResult(await call('clearing.stress.v1.StressService/RunReverseStress', { factor, kind, furthest: end, steps: Number(steps), tolerance: Math.abs(end) / 10_000 }));
      setAsked(`${factor} from 0 to ${shock(end)}`);
    } catch (e) {
      setError((e as Error).message);
    } finally {
      setBusy(false);
    }
  }

  return (
    <>
      <form
        className="filters"
        onSubmit={(e) => {
          e.preventDefault();
          void look();
        }}
      >
        <label>
          Risk factor
          <input required list={id} value={factor} onChange={(e) => setFactor(e.target.value)} />
        </label>
        <datalist id={id}>
          {factors.map((f) => (
            <option key={f} value={f} />
          ))}
        </datalist>
        <label>
          Shock
          <select value={kind} onChange={(e) => setKind(e.target.value as RunReverseStressRequest_Kind)}>
            <option value="KIND_RELATIVE">relative, %</option>
            <option value="KIND_ABSOLUTE">absolute</option>
          </select>
        </label>
        <label>
          Furthest
          <input required type="number" step="any" className="short" value={furthest} onChange={(e) => setFurthest(e.target.value)} />
        </label>
        <label>
          Steps
          <input required type="number" min={1} max={2000} className="short" value={steps} onChange={(e) => setSteps(e.target.value)} />
        </label>
        <button type="submit" disabled={busy || factor === '' || Number(furthest) === 0}>
          {busy ? 'Looking …' : 'Look'}
        </button>
      </form>
      {error ? (
        <p className="error" role="alert">
          {error}
        </p>
      ) : null}
      <div role="status">
        {result ? (
          <>
            <p>
              {result.found ? <Badge tone="warn">Found</Badge> : <Badge tone="good">Nothing found</Badge>}{' '}
              {result.found ? (
                <>
                  A shock of <strong>{shock(result.shock)}</strong> exhausts the resources.
                </>
              ) : (
                <>No shock in the range exhausts the resources.</>
              )}{' '}
              <span className="muted">
                {asked}, run {formatCount(result.run)}, {formatCount(result.evaluations)} evaluations.
              </span>
            </p>
            {result.result ? (
              <dl className="facts spaced">
                <dt>Cover-2 demand</dt>
                <dd>
                  <Amount value={coverTwo(result.result)} currency={result.currency} show />
                </dd>
                <dt>Not covered</dt>
                <dd>
                  <Amount value={result.result.unallocated} currency={result.currency} show />
                </dd>
                <dt>Who fails, by round</dt>
                <dd>{result.result.failed.map((r) => r.members.join(', ')).join(' → ') || 'nobody'}</dd>
              </dl>
            ) : null}
          </>
        ) : null}
      </div>
    </>
  );
}
