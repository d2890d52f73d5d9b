/** Readers and writers of data: no addon, no libtorch. */

export { readCsv, readCsvLabels, writeCsv, type LabelList } from './csv.js'
export { toDataset, type DataInput, type Dataset, type FloatTensor } from './dataset.js'
export { grid, png, writeImageGrid, type Bitmap, type Pixels } from './image-grid.js'
export { readIdx, type RawArray } from './idx.js'
export { readImages, type ImageFolder } from './images.js'
export { readNpy, writeNpy } from './npy.js'
export { readData, readLabels } from './read.js'
export { draw, rowsAt, split, type Split } from './split.js'
