/** What the page uses of its vendored libraries (smokewatch/viewer/static/vendor). */

declare module "preact" {
  export interface VNode<P = {}> {
    type: unknown;
    props: P;
    key: unknown;
  }
  export type ComponentChild = VNode<any> | object | string | number | bigint | boolean | null | undefined;
  export type ComponentChildren = ComponentChild[] | ComponentChild;
  export function h(type: unknown, props: object | null, ...children: ComponentChildren[]): VNode<any>;
  export function render(node: ComponentChild, parent: Element): void;
  export class Component<P = {}, S = {}> {
    props: P;
    state: S;
    setState(state: Partial<S>): void;
  }
  export function Fragment(props: { children?: ComponentChildren }): ComponentChild;
  export interface Context<T> {
    Provider: (props: { value: T; children?: ComponentChildren }) => VNode<any>;
  }
  export function createContext<T>(value: T): Context<T>;
}

declare module "preact/hooks" {
  import type { Context } from "preact";
  type Inputs = readonly unknown[];
  export function useState<T>(initial: T | (() => T)): [T, (next: T | ((previous: T) => T)) => void];
  export function useState<T>(): [T | undefined, (next: T | undefined) => void];
  export function useRef<T>(initial: T): { current: T };
  export function useRef<T>(initial: T | null): { current: T | null };
  export function useEffect(run: () => void | (() => void), inputs?: Inputs): void;
  export function useLayoutEffect(run: () => void | (() => void), inputs?: Inputs): void;
  export function useMemo<T>(make: () => T, inputs?: Inputs): T;
  export function useCallback<T extends Function>(callback: T, inputs: Inputs): T;
  export function useContext<T>(context: Context<T>): T;
  export function useId(): string;
}

declare module "@preact/signals" {
  export interface ReadonlySignal<T> {
    readonly value: T;
    peek(): T;
    subscribe(run: (value: T) => void): () => void;
  }
  export interface Signal<T> extends ReadonlySignal<T> {
    value: T;
  }
  export function signal<T>(value: T): Signal<T>;
  export function computed<T>(compute: () => T): ReadonlySignal<T>;
  export function effect(run: () => void | (() => void)): () => void;
  export function batch<T>(run: () => T): T;
  export function untracked<T>(run: () => T): T;
  export function useSignal<T>(value: T): Signal<T>;
  export function useComputed<T>(compute: () => T): ReadonlySignal<T>;
  export function useSignalEffect(run: () => void | (() => void)): void;
}

declare module "htm" {
  interface Htm {
    bind<T>(h: (type: any, props: any, ...children: any[]) => T): (strings: TemplateStringsArray, ...values: any[]) => T;
  }
  const htm: Htm;
  export default htm;
}

declare module "uplot" {
  export default class uPlot {
    constructor(options: any, data: any, target: HTMLElement);
    root: HTMLElement;
    ctx: CanvasRenderingContext2D;
    bbox: { left: number; top: number; width: number; height: number };
    valToPos(value: number, scale: string, canvasPixels?: boolean): number;
    setData(data: any, resetScales?: boolean): void;
    setSize(size: { width: number; height: number }): void;
    redraw(rebuildPaths?: boolean): void;
    destroy(): void;
    static pxRatio: number;
  }
}
