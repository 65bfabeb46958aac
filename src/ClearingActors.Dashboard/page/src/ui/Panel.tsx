import { useId, type ReactNode } from 'react';

/** A part of a page with a heading; its error is shown in place of what it could not read. */
export function Panel({ title, actions, error, children, className }: { title: string; actions?: ReactNode; error?: string; children: ReactNode; className?: string }) {
  const id = useId();
  return (
    <section className={`panel ${className ?? ''}`} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {actions ? <div className="panel-actions">{actions}</div> : null}
      </header>
      {error ? (
        <p className="error" role="alert">
          {error}
        </p>
      ) : null}
      <div className="panel-body">{children}</div>
    </section>
  );
}

/** A figure with its name, and a line that says what to make of it. */
export function Figure({ name, children, note, tone }: { name: string; children: ReactNode; note?: ReactNode; tone?: Tone }) {
  return (
    <div className={`figure ${tone ?? ''}`}>
      <div className="figure-name">{name}</div>
      <div className="figure-value">{children}</div>
      {note ? <div className="figure-note">{note}</div> : null}
    </div>
  );
}

export type Tone = 'good' | 'warn' | 'bad' | 'info';

const signs: Record<Tone, string> = { good: '✓', warn: '!', bad: '✕', info: 'i' };

/** A state in a word, with a sign beside its colour. */
export function Badge({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={`badge ${tone}`}>
      <span aria-hidden="true" className="badge-sign">
        {signs[tone]}
      </span>
      {children}
    </span>
  );
}
