import { useEffect, useState } from 'react';
import { call } from '../../api/rpc';
import { Panel } from '../../ui/Panel';

/** How somebody who does not trust this node checks the same. */
export function OfflinePanel() {
  const [store, setStore] = useState('SQLite');
  useEffect(() => {
    // Only the form of the command hangs on it: where it cannot be read, that of SQLite is shown.
    call('clearing.house.v1.ClusterService/GetCluster', {}).then(
      (cluster) => setStore(cluster.store),
      () => undefined,
    );
  }, []);
  const journal = journalOption(store);
  return (
    <Panel title="Check this without trusting the node">
      <p>The node told you all of the above. On a machine of your own, with a copy of the journal, the file of checkpoints and keys that came to you by a way you trust, the same checks are:</p>
      <Command label="Verify the journal" text={`clearing audit verify ${journal} --checkpoints clearing.journal.checkpoints --key clearing-keys.pub`} />
      <Command label="Verify it with Python alone, by a second program" text="python3 verify_journal.py clearing.journal --checkpoints clearing.journal.checkpoints --key clearing-keys.pub" />
      <Command label="What a trade's member has to show for it" text={`clearing audit prove ${journal} --trade SOURCE/ID --account ACCOUNT --out trade.proof`} />
    </Panel>
  );
}

export function journalOption(store: string): string {
  return store === 'PostgreSQL' ? '--store postgres --connection "Host=...;Database=..."' : '--journal clearing.journal';
}

export function Command({ label, text }: { label: string; text: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <div className="command">
      <div className="figure-name">{label}</div>
      <div className="command-line">
        <pre tabIndex={0} aria-label={label}>
          {text}
        </pre>
        {navigator.clipboard ? (
          <button type="button" className="plain" onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}>
            {copied ? 'Copied' : 'Copy'}
          </button>
        ) : null}
      </div>
    </div>
  );
}
