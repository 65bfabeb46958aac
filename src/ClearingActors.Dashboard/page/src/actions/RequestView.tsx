import { useSession } from '../api/session';
import { factsOf } from './facts';

/** The request of an action, field by field. Of `told`, which stands beside it, it does not repeat a reason and a request id that are the same. */
export function RequestView({ request, told }: { request: string; told?: { reason: string; requestId: string } }) {
  const { currencies } = useSession();
  let parsed: unknown;
  try {
    parsed = JSON.parse(request);
  } catch {
    return <pre className="long-text">{request}</pre>;
  }
  const own = told && typeof parsed === 'object' ? (parsed as Partial<typeof told>) : undefined;
  const same = own ? { reason: own.reason === told!.reason ? '' : own.reason, requestId: own.requestId === told!.requestId ? '' : own.requestId } : {};
  const facts = factsOf({ ...(parsed as object), ...same }, currencies);
  if (facts.length === 0) return <p className="muted">It takes no particulars.</p>;
  return (
    <dl className="facts">
      {facts.map((fact) => (
        <div className="fact" key={fact.name}>
          <dt>{fact.name}</dt>
          <dd>
            {fact.long ? (
              <details>
                <summary>{fact.value.length.toLocaleString('en')} characters</summary>
                <pre className="long-text" tabIndex={0}>
                  {fact.value}
                </pre>
              </details>
            ) : (
              fact.value
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
