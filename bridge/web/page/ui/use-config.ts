/** The configuration for a room that edits it: read when the room opens, and again when it changes elsewhere. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { ConfigView } from '../../../../protocol/api.ts';
import type { Refusal } from '../data/api.ts';
import { readConfig } from '../data/config-store.ts';

export interface Configuring {
  config: ConfigView | undefined;
  refusal: Refusal | undefined;
  /** Takes what a save gave back. */
  take: (config: ConfigView) => void;
}

/** `etag` is the version that the bridge last told of. */
export function useConfig(etag: string): Configuring {
  const [config, setConfig] = useState<ConfigView>();
  const [refusal, setRefusal] = useState<Refusal>();
  const read = useCallback(async () => {
    const answer = await readConfig();
    if (answer.ok) setConfig(answer.value);
    setRefusal(answer.ok ? undefined : answer);
  }, []);
  const known = config?.etag;
  useEffect(() => {
    if (known === undefined || (etag !== '' && etag !== known)) void read();
  }, [etag, known, read]);
  return { config, refusal, take: setConfig };
}
