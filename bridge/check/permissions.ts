/** What Microsoft lets Doorlight do, against what this configuration uses. */
import { type Check, type Finding, fault, ok } from './finding.ts';

const what = 'Permissions';

export const checkPermissions: Check = ({ config, graph }) => {
  if (!graph || graph.permissions.every(({ granted }) => granted === null)) return [];
  const kind = config.microsoft?.signIn === 'app' ? 'application' : 'delegated';
  const missing: Finding[] = graph.permissions
    .filter(({ granted }) => granted === false)
    .map(({ name, why }) =>
      fault(
        what,
        `${name} is not granted: it is needed ${why}.`,
        `Add it under API permissions of the app registration (Microsoft Graph, ${kind}), grant consent, and sign in again.`,
      ),
    );
  if (missing.length > 0) return missing;
  return [
    ok(
      what,
      graph.permissions
        .map(({ name, why }) => `${name} ${why}`)
        .join('; ')
        .concat('.'),
    ),
  ];
};
