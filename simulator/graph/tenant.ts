/** The one tenant of the stand-in: fixed ids, so that a configuration written once keeps working. */

/** Directory (tenant) id of contoso.com. */
export const tenantId = 'aaaabbbb-0000-4ccc-8111-dddd2222eeee';

/** The client id that the demo uses; the stand-in takes any GUID. */
export const clientId = '11111111-2222-3333-4444-555555555555';

/** A tenant that does not exist (AADSTS90002), and an application that nobody registered (AADSTS700016). */
export const unknownTenant = 'nowhere.onmicrosoft.com';
export const unknownClient = '00000000-0000-0000-0000-000000000000';

/** Entra object ids. `doorlight` is the account that signs in. */
export const userIds = {
  alice: 'a11ce000-1111-4a11-8a11-000000000001',
  bob: 'b0b00000-2222-4b0b-8b0b-000000000002',
  carol: 'ca401000-3333-4ca4-8ca4-000000000003',
  doorlight: 'd0014000-4444-4d00-8d00-000000000004',
} as const;

/** The account that signs in when nobody else is named. */
export const serviceAccount = 'doorlight@contoso.com';

/** A group that holds alice, bob and carol. */
export const groupId = 'f1000200-5555-4f10-8f10-000000000005';

/** Microsoft Graph itself, as the audience of its access tokens. */
export const graphAppId = '00000003-0000-0000-c000-000000000000';

/** Microsoft Graph Change Tracking, which signs validation tokens ("Set up change notifications with resource data"). */
export const changeTrackingAppId = '0bf30f3b-4a52-48df-9a82-234910c4a086';

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether the text is a GUID, of any version. */
export function isGuid(text: unknown): text is string {
  return typeof text === 'string' && guid.test(text);
}
