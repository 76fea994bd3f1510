import { mixed, type Value } from "./value.ts";

/** Values by name, including those of the outer graph. `undefined` is an input of a function that the call leaves out. */
export class Scope {
  private readonly own = new Map<string, Value | undefined>();
  private readonly around: Scope | undefined;

  constructor(around?: Scope) {
    this.around = around;
  }

  set(name: string, value: Value | undefined): void {
    this.own.set(name, value);
  }

  get(name: string): Value | undefined {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.around)
      if (scope.own.has(name)) return scope.own.get(name);
    return mixed(`${JSON.stringify(name)} is not known`);
  }
}
