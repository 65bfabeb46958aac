import { useState } from 'react';
import { actionPatience, within } from '../api/patience';
import { fetchSession, post } from '../api/session';

export function SignIn({ node, warning, onSignedIn }: { node: string; warning: string; onSignedIn: () => Promise<void> }) {
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);

  async function submit(form: FormData) {
    setBusy(true);
    setError('');
    try {
      await fetchSession();
      await within(actionPatience, undefined, (signal) => post('/api/sign-in', JSON.stringify({ name: form.get('name'), password: form.get('password') }), signal));
      await onSignedIn();
    } catch (e) {
      setError((e as Error).message);
    } finally {
      setBusy(false);
    }
  }

  return (
    <main className="alone">
      <form
        className="sign-in"
        onSubmit={(e) => {
          e.preventDefault();
          void submit(new FormData(e.currentTarget));
        }}
      >
        <h1>Clearing house</h1>
        <p className="muted">Node {node}</p>
        {warning ? (
          <p className="notice" role="status">
            {warning}
          </p>
        ) : null}
        <label htmlFor="name">Name</label>
        <input id="name" name="name" required maxLength={64} autoComplete="username" autoCapitalize="none" spellCheck={false} autoFocus />
        <label htmlFor="password">Password</label>
        <input id="password" name="password" type="password" required maxLength={256} autoComplete="current-password" />
        {error ? (
          <p className="error" role="alert">
            {error}
          </p>
        ) : null}
        <button type="submit" disabled={busy}>
          {busy ? 'Signing in …' : 'Sign in'}
        </button>
      </form>
    </main>
  );
}
