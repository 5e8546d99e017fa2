/** What must be clicked in Entra, and whether a tenant is there (Microsoft Learn, "Microsoft Graph permissions reference"). */
import type { Clock } from '../../protocol/clock.ts';
import type { Config, MicrosoftConfig } from '../config/schema.ts';
import { cloudOf } from './clouds.ts';
import { createFetch } from './http.ts';
import { permissionsFor } from './permissions.ts';

const checkMs = 10_000;
const portals = {
  global: 'https://entra.microsoft.com',
  usgov: 'https://entra.microsoft.us',
  dod: 'https://entra.microsoft.us',
};

export interface Registration {
  permissions: { name: string; type: 'delegated' | 'application'; why: string; adminConsent: boolean }[];
  portalUrl: string;
  consentUrl: string | null;
}

type Asked = Pick<MicrosoftConfig, 'cloud' | 'signIn'> &
  Partial<Pick<MicrosoftConfig, 'tenant' | 'clientId' | 'authorityUrl' | 'caFile'>>;

/** The permissions to ask for, and where an administrator agrees to them. */
export function registrationFor(
  asked: Asked | undefined,
  config: Pick<Config, 'people' | 'groups'>,
): Registration {
  const { cloud = 'global', signIn = 'device-code', tenant, clientId } = asked ?? {};
  const app = signIn === 'app';
  const type = app ? ('application' as const) : ('delegated' as const);
  const authority = cloudOf({ cloud, ...asked } as MicrosoftConfig).authority;
  return {
    permissions: [
      ...permissionsFor({ ...config, microsoft: { signIn } as MicrosoftConfig }).map(({ name, why }) => ({
        name,
        why,
        type,
        // Application permissions always need an administrator, and so does reading groups.
        adminConsent: app || name === 'GroupMember.Read.All',
      })),
      ...(app ? [] : [{ name: 'offline_access', why: 'to stay signed in', type, adminConsent: false }]),
    ],
    portalUrl: `${portals[cloud]}/#view/Microsoft_AAD_RegisteredApps/CreateApplicationBlade`,
    consentUrl:
      tenant && clientId
        ? `${authority}/${encodeURIComponent(tenant)}/adminconsent?client_id=${encodeURIComponent(clientId)}`
        : null,
  };
}

/** The tenant's id, from its public metadata, or the field that is wrong, and why. Nothing is saved, nobody signs in. */
export async function checkTenant(
  asked: Asked & Pick<MicrosoftConfig, 'tenant'>,
  clock: Clock,
): Promise<{ ok: true; tenantId: string } | { ok: false; field: string; error: string }> {
  const { authority } = cloudOf(asked as MicrosoftConfig);
  const wrong = (field: string, error: string) => ({ ok: false as const, field, error });
  let network: ReturnType<typeof createFetch>;
  try {
    network = createFetch({ clock, caFile: asked.caFile, proxy: undefined });
  } catch (error) {
    return wrong('caFile', (error as Error).message);
  }
  try {
    const path = `${encodeURIComponent(asked.tenant)}/v2.0/.well-known/openid-configuration`;
    const answer = await network.fetch(`${authority}/${path}`, { timeoutMs: checkMs });
    const { issuer } = (await answer.json().catch(() => ({}))) as { issuer?: unknown };
    const tenantId =
      typeof issuer === 'string' ? /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i.exec(issuer)?.[0] : '';
    if (answer.ok && tenantId) return { ok: true, tenantId };
    if (answer.status >= 500) return wrong('tenant', `Microsoft answers ${answer.status}: try again later.`);
    return wrong(
      'tenant',
      'Microsoft knows no such tenant in this cloud: check the spelling, and the cloud.',
    );
  } catch {
    return wrong(
      'authorityUrl',
      `${authority} does not answer: check the network, the proxy and the address.`,
    );
  } finally {
    await network.close();
  }
}
