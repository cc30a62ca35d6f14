/**
 * Types of what embed.js of realpad-form gives to a page. docs/embedding.md describes all of it.
 *
 * Save this file beside your sources, or name it: `/// <reference path="./embed.d.ts" />`.
 */

export interface RealpadFormOptions {
  /** The project, as `data-realpad-form` names it. */
  project?: string;
  /** Two letters; without it the language of `<html lang>`. */
  lang?: string;
  /** The unit asked about, by its name in Realpad. It wins over `unitFrom`. */
  unit?: string;
  /** The unit asked about, by its database id in Realpad. */
  unitId?: string;
  /** The parameter of the page's address that names the unit. */
  unitFrom?: string;
  /** What the form calls the unit if its project file does not know it. */
  unitLabel?: string;
  /** The unit's price, a number without a currency, if the project file does not know the unit. */
  unitPrice?: string | number;
  /** Realpad's campaign; wins over a captured one. */
  campaign?: string;
  theme?: "light" | "dark";
  /** Shown if no form comes. */
  phone?: string;
  /** Shown if no form comes. */
  email?: string;
  /** Initial answers by field; consents are never prefilled. */
  prefill?: Record<string, string>;
}

/** Where a form stands: an element, or a selector of one. */
export type RealpadFormTarget = HTMLElement | string;

/** What `event.detail` holds, by the event's name without `realpad-form:`. Nothing in it was typed by the visitor. */
export interface RealpadFormDetails {
  ready: { project: string };
  start: { project: string };
  error: {
    project: string;
    /** `no-answer`, `invalid`, `network`, or the status that the server answered, such as `429`. */
    code: string;
    /** Names of what is to be corrected; of `invalid` only. */
    fields?: string[];
  };
  submitted: { project: string; id: string; unit: string | null; campaign: string | null };
  closed: { project: string };
}

export type RealpadFormEvent = keyof RealpadFormDetails;

export type RealpadFormListener<Name extends RealpadFormEvent> = (event: CustomEvent<RealpadFormDetails[Name]>) => void;

export interface RealpadFormCalls {
  /** Put a form into an element, or have a button open one. */
  mount(target: RealpadFormTarget, options?: RealpadFormOptions): void;
  /** Take it away again, and leave the element alone until the next `mount`. */
  unmount(target: RealpadFormTarget): void;
  /** Open the form of a project, a button or an element in a dialog; without a target, of the first on the page. */
  open(target?: HTMLElement | string, options?: RealpadFormOptions): void;
  /** Close the open dialog. */
  close(): void;
  /** Listen to an event of all forms; the result stops listening. */
  on<Name extends RealpadFormEvent>(name: Name, listener: RealpadFormListener<Name>): () => void;
}

/** A call that waits for the loader: its name, then its arguments. */
export type RealpadFormCall = {
  [Name in keyof RealpadFormCalls]: [Name, ...Parameters<RealpadFormCalls[Name]>];
}[keyof RealpadFormCalls];

/** The queue that takes calls before the loader has come, and after. */
export interface RealpadFormQueue {
  q: { push(...calls: RealpadFormCall[]): unknown };
}

/** The loader, once it has come. */
export interface RealpadFormLoader extends RealpadFormCalls, RealpadFormQueue {
  /** The version of the service, such as `1.0.0`. */
  readonly version: string;
}

/** What every accepted lead adds to `dataLayer`, once. */
export interface RealpadFormLead {
  event: "generate_lead";
  /** The id of the lead, the same as in the inbox. */
  event_id: string;
  project: string;
  unit: string | null;
  campaign: string | null;
}

type RealpadFormEventMap = {
  [Name in RealpadFormEvent as `realpad-form:${Name}`]: CustomEvent<RealpadFormDetails[Name]>;
};

declare global {
  interface Window {
    /** Only the queue until the loader has come. */
    RealpadForm?: Partial<RealpadFormLoader> & RealpadFormQueue;
  }
  interface HTMLElementEventMap extends RealpadFormEventMap {}
  interface DocumentEventMap extends RealpadFormEventMap {}
}
