/** Why each light shows what it shows: the chain that the page's health tells, from the running bridge. */
import { chainInWords, chainWithoutBridge } from './chain.ts';
import { type Check, fault, ok, warning } from './finding.ts';

export const checkLights: Check = ({ config, graph, chains }) => {
  if (config.lights.length === 0) return [];
  if (!chains) {
    const links = chainWithoutBridge({ graph, age: null });
    const { says, mend } = links.find(({ part }) => part === 'bridge')!;
    return [{ ...warning('Lights', `${chainInWords(links)}. ${says}`, mend!), links }];
  }
  return chains.map(({ light, links }) => {
    const what = `Light ${light}`;
    // What comes after a broken link may be its consequence.
    const broken = links.find((link) => !link.ok);
    const { says, mend } = broken ?? links.at(-1)!;
    const message = `${chainInWords(links)}. ${says}`;
    return { ...(broken ? fault(what, message, mend!) : ok(what, message)), links };
  });
};
