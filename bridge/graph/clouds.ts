/** Where the clouds live (Microsoft Learn, "National cloud deployments"); presence push exists in `global` only. */
import type { MicrosoftConfig } from '../config/schema.ts';

const clouds = {
  global: {
    authority: 'https://login.microsoftonline.com',
    graph: 'https://graph.microsoft.com',
    push: true,
  },
  usgov: { authority: 'https://login.microsoftonline.us', graph: 'https://graph.microsoft.us', push: false },
  dod: {
    authority: 'https://login.microsoftonline.us',
    graph: 'https://dod-graph.microsoft.us',
    push: false,
  },
} as const;

export interface Cloud {
  /** Without a slash at the end. */
  authority: string;
  graph: string;
  /** Whether presence subscriptions exist here. */
  push: boolean;
}

/** The cloud of a configuration, with `graphUrl` and `authorityUrl` laid over it. */
export function cloudOf(microsoft: MicrosoftConfig): Cloud {
  const cloud = clouds[microsoft.cloud];
  const bare = (url: string) => url.replace(/\/$/, '');
  return {
    authority: bare(microsoft.authorityUrl ?? cloud.authority),
    graph: bare(microsoft.graphUrl ?? cloud.graph),
    push: cloud.push,
  };
}
