/** People over accounts: one presence subscription exists per account, for 650 people at most. */

/** Microsoft Learn, "Get change notifications for presence updates in Microsoft Teams". */
export const mostPerSubscription = 650;

/**
 * Which account watches whom. Nobody moves who need not: a move costs two accounts their subscription.
 * @param before the spread until now
 * @param accounts those that can subscribe, in the order of the configuration
 * @returns object id -> account; who is in no account is beyond what they can watch
 */
export function spread(
  before: ReadonlyMap<string, string>,
  objectIds: readonly string[],
  accounts: readonly string[],
  most = mostPerSubscription,
): Map<string, string> {
  const after = new Map<string, string>();
  const room = new Map(accounts.map((account) => [account, most]));
  const homeless: string[] = [];

  function place(objectId: string, account: string): void {
    after.set(objectId, account);
    room.set(account, room.get(account)! - 1);
  }

  for (const objectId of objectIds) {
    const account = before.get(objectId);
    if (account !== undefined && (room.get(account) ?? 0) > 0) place(objectId, account);
    else homeless.push(objectId);
  }
  for (const objectId of homeless) {
    // The first with room: newcomers disturb one subscription, not all.
    const account = accounts.find((each) => room.get(each)! > 0);
    if (account === undefined) break;
    place(objectId, account);
  }
  return after;
}
