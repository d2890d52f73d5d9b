/** What the page carries as JSON for its script, as both sides know it. */

/** All kept items in one image, row by row (`#sprite-data`). */
export interface SpriteData {
  readonly columns: number
  readonly rows: number
  /** Of one item, in pixels. */
  readonly width: number
  readonly height: number
}

/** Places or groups of the items: 16-bit numbers in base64. */
export type Packed = string

/** The latent space after some epochs (`#latent-data`). Groups are one higher than cluster or class, 0 for none. */
export interface LatentData {
  /** Positions of the items in the data. */
  readonly items: readonly number[]
  /** What each recorded epoch is called. */
  readonly titles: readonly string[]
  /** x and y of each item for each epoch, in 32ths of a pixel. */
  readonly pca: readonly Packed[]
  /** The same for those epochs that have a map: `places` are their positions. */
  readonly umap: { readonly places: readonly number[]; readonly layouts: readonly Packed[] }
  /** Groups at each epoch, where it has some. */
  readonly now: readonly (Packed | null)[]
  readonly end: Packed | null
  readonly truth: Packed | null
  /** Names of the true classes. */
  readonly classes: readonly string[]
  readonly colours: readonly string[]
  /** What is said of each item where there is no image of it. */
  readonly texts: readonly string[]
}
