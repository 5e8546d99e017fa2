/** Whether this is an Entra object id: a GUID. */
export const isObjectId = (text: string): boolean =>
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
