import { useId, useState, type FormEvent } from 'react';
import { fieldsOf, jsonOf, requestOf, type Field, type Typed } from '../../actions/fields';
import { useScales } from '../../actions/scales';
import { formTitleOf, methodName } from '../../actions/words';
import type { ActionKind } from '../../api/gen/actions';
import { useSession } from '../../api/session';
import { SubmitDialog } from '../../ui/ActionButton';

const json: Field[] = [{ name: 'json', label: 'Request', type: 'long', hint: 'JSON of the method, without reason and request id.' }];

/** A form for every action of the catalogue that the reader may hand in. What is typed is read exactly, and shown again before it goes. */
export function HandIn({ kinds }: { kinds: ActionKind[] }) {
  const session = useSession();
  const scales = useScales();
  const [method, setMethod] = useState('');
  const [typed, setTyped] = useState<Typed>({});
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [request, setRequest] = useState<string>();
  const id = useId();
  const mine = kinds.filter((kind) => session.roles.some((role) => kind.roles.includes(role)));
  const kind = mine.find((k) => k.method === method);
  if (mine.length === 0) return <p className="muted">Operators and risk managers hand actions in; you watch.</p>;
  const fields = kind ? (fieldsOf[kind.method] ?? json) : [];

  function choose(chosen: string) {
    setMethod(chosen);
    setTyped({});
    setErrors({});
  }

  function review(event: FormEvent) {
    event.preventDefault();
    const read = fields === json ? jsonOf(typed.json ?? '') : requestOf(fields, typed, scales);
    setErrors('errors' in read ? read.errors : {});
    if ('request' in read) setRequest(read.request);
    else window.requestAnimationFrame(() => document.getElementById(`${id}-${Object.keys(read.errors)[0]}`)?.focus());
  }

  return (
    <>
      <form onSubmit={review} noValidate className="hand-in">
        <label htmlFor={`${id}-method`}>Action</label>
        <select id={`${id}-method`} value={method} onChange={(e) => choose(e.target.value)}>
          <option value="">choose …</option>
          <Group label="Done at once" kinds={mine.filter((k) => !k.needsSecond)} />
          <Group label="A second person must approve" kinds={mine.filter((k) => k.needsSecond)} />
        </select>
        {kind ? (
          <>
            {fields.map((field) => (
              <FieldInput
                key={`${kind.method} ${field.name}`}
                id={`${id}-${field.name}`}
                field={field}
                typed={typed}
                error={errors[field.name]}
                currencies={Object.keys(session.currencies)}
                onChange={(name, text) => setTyped((before) => ({ ...before, [name]: text }))}
              />
            ))}
            <div className="dialog-buttons">
              <button type="submit" aria-haspopup="dialog">
                Review
              </button>
            </div>
          </>
        ) : null}
      </form>
      {kind && request !== undefined ? (
        <SubmitDialog
          method={kind.method}
          request={request}
          what={formTitleOf(kind)}
          needsSecond={kind.needsSecond && !(methodName(kind.method) === 'SizeDefaultFund' && request.includes('true'))}
          onClose={() => setRequest(undefined)}
          onDone={() => setTyped({})}
        />
      ) : null}
    </>
  );
}

function Group({ label, kinds }: { label: string; kinds: ActionKind[] }) {
  if (kinds.length === 0) return null;
  return (
    <optgroup label={label}>
      {[...kinds]
        .sort((a, b) => formTitleOf(a).localeCompare(formTitleOf(b)))
        .map((kind) => (
          <option key={kind.method} value={kind.method}>
            {formTitleOf(kind)}
          </option>
        ))}
    </optgroup>
  );
}

function FieldInput({
  id,
  field,
  typed,
  error,
  currencies,
  onChange,
}: {
  id: string;
  field: Field;
  typed: Typed;
  error: string | undefined;
  currencies: string[];
  onChange: (name: string, text: string) => void;
}) {
  const value = typed[field.name] ?? '';
  const common = {
    id,
    value,
    'aria-required': !field.optional,
    'aria-invalid': error ? true : undefined,
    'aria-describedby': [field.hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ') || undefined,
    onChange: (e: { target: { value: string } }) => onChange(field.name, e.target.value),
  };
  return (
    <>
      <label htmlFor={id}>
        {field.label}
        {field.optional ? <span className="muted optional"> (optional)</span> : null}
      </label>
      {field.type === 'choice' ? (
        <select {...common}>
          <option value="">choose …</option>
          {field.choices!.map((choice) => (
            <option key={String(choice.value)} value={String(choice.value)}>
              {choice.label}
            </option>
          ))}
        </select>
      ) : field.type === 'long' || field.type === 'lines' ? (
        <textarea {...common} rows={field.type === 'long' ? 8 : 3} spellCheck={false} />
      ) : field.type === 'cash' ? (
        <div className="with-currency">
          <input {...common} type="text" inputMode="decimal" autoComplete="off" />
          <select aria-label={`Currency of ${field.label}`} value={typed[`${field.name}.currency`] ?? currencies[0] ?? ''} onChange={(e) => onChange(`${field.name}.currency`, e.target.value)}>
            {currencies.map((currency) => (
              <option key={currency}>{currency}</option>
            ))}
          </select>
        </div>
      ) : (
        <input {...common} type={field.type === 'date' ? 'date' : 'text'} inputMode={['decimal', 'price', 'units'].includes(field.type) ? 'decimal' : undefined} autoComplete="off" spellCheck={false} />
      )}
      {field.hint ? (
        <p id={`${id}-hint`} className="muted small">
          {field.hint}
        </p>
      ) : null}
      {error ? (
        <p id={`${id}-error`} className="bad small" role="alert">
          {error}
        </p>
      ) : null}
    </>
  );
}
