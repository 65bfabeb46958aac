/** A signed checkpoint as the journal has it: lines of words, see the journal's format. */
export interface Checkpoint {
  number: string;
  /** UTC nanoseconds by the signer's clock. */
  time: string;
  journal: string;
  generation: string;
  previous: string;
  key: string;
  /** Set where the key changes after this checkpoint. */
  nextKey: string;
  receipts: string;
  shards: ShardRoot[];
}

export interface ShardRoot {
  shard: number;
  turns: string;
  root: string;
}

/** The text that the node sends in base64. */
export function decodeText(base64: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
}

/** Throws where it is no checkpoint: what cannot be read is not shown as if it were one. */
export function parseCheckpoint(text: string): Checkpoint {
  const lines = text.split('\n');
  if (lines[0] !== 'clearing checkpoint 1') throw new Error(`This is no checkpoint that this page knows: it begins with "${lines[0]?.slice(0, 40)}".`);
  const words = new Map<string, string[]>();
  const shards: ShardRoot[] = [];
  for (const line of lines.slice(1)) {
    const [name, ...rest] = line.split(' ');
    if (name === undefined || name === '') continue;
    if (/^\d+$/.test(name)) shards.push({ shard: Number(name), turns: rest[0] ?? '', root: rest[1] ?? '' });
    else words.set(name, rest);
  }
  const word = (name: string) => {
    const found = words.get(name)?.[0];
    if (found === undefined) throw new Error(`The checkpoint has no line "${name}".`);
    return found;
  };
  if (shards.length !== Number(word('shards'))) throw new Error(`The checkpoint says ${word('shards')} shards and has ${shards.length}.`);
  return {
    number: word('number'),
    time: word('time'),
    journal: word('journal'),
    generation: word('generation'),
    previous: word('previous'),
    key: word('key'),
    nextKey: words.get('next-key')?.[0] ?? '',
    receipts: word('receipts'),
    shards,
  };
}

/** Turns of all shards that it covers. */
export function turnsOf(checkpoint: Checkpoint): bigint {
  return checkpoint.shards.reduce((sum, shard) => sum + BigInt(shard.turns), 0n);
}
