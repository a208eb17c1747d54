/** What the page found out: its JSON. */
export interface GpuReport {
  readonly browser: string
  /** vendor, architecture, device, driver */
  readonly adapter: string
  readonly features: readonly string[]
  readonly limits: Readonly<Record<string, number>>
  cases?: CasesReport
  training?: TrainingReport
  products?: readonly ProductReport[]
  /** why it ended early */
  problem?: string
}

export interface CasesReport {
  readonly passed: number
  readonly failures: readonly { readonly name: string; readonly problem: string }[]
  readonly skipped: readonly { readonly name: string; readonly reason: string }[]
}

export interface TrainingReport {
  readonly model: string
  readonly losses: readonly number[]
  /** the largest |loss / loss on wasm - 1| */
  readonly largestDifference: number
  /** medians, in milliseconds */
  readonly stepTime: number
  readonly wasmStepTime: number
}

export interface ProductReport {
  /** '[512, 512] · [512, 512]' */
  readonly sizes: string
  /** 'NT' */
  readonly layout: string
  /** 10⁹ operations a second, in the fastest of some rounds */
  readonly gflops: number
}

/** Tells how far a part is. */
export type OnProgress = (done: number, of: number, what: string) => void
