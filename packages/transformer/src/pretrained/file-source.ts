/** Where the files of a model come from, one by one. */
export interface FileSource {
  /** The content of a file; undefined if there is none of that name. */
  read(name: string): Promise<Uint8Array | undefined>
  /** What there is instead, as a part of a sentence. */
  present(): Promise<string>
}
