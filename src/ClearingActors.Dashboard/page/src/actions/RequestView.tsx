import { factsOf } from './facts';
import { useScales } from './scales';

/**
 * The request of an action, field by field. Of `told`, which stands beside it, it does not repeat a reason and a request id that are the same. Without the method, told or given, whole
 * numbers are shown as they are.
 */
export function RequestView({ request, told, method = told?.method }: { request: string; told?: { method: string; reason: string; requestId: string }; method?: string }) {
  const scales = useScales();
  let parsed: unknown;
  try {
    parsed = JSON.parse(request);
  } catch {
    return <pre className="long-text">{request}</pre>;
  }
  const own = told && typeof parsed === 'object' ? (parsed as Partial<typeof told>) : undefined;
  const same = own ? { reason: own.reason === told!.reason ? '' : own.reason, requestId: own.requestId === told!.requestId ? '' : own.requestId } : {};
  const facts = factsOf({ ...(parsed as object), ...same }, scales, method);
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
