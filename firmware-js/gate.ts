export function checkEspruino(_code: string): void {}
