/** Readers and writers of data: no addon, no libtorch. */

export { type LabelList, readCsv, readCsvLabels, writeCsv } from './csv.js'
export { type DataInput, type Dataset, type FileDataset, type FloatTensor, type Items, inFiles } from './dataset.js'
export { type RawArray, readIdx } from './idx.js'
export { type Bitmap, grid, type Pixels, png, writeImageGrid } from './image-grid.js'
export { type ImageFolder, readImages } from './images.js'
export { readNpy, writeNpy } from './npy.js'
export { readData, readLabels } from './read.js'
export { draw, rowsAt, type Split, split } from './split.js'
export { toDataset } from './to-dataset.js'
