/** Options of pictures: apart from what draws, so that the command line can list them without loading that. */

import { optionTable } from '../options/table.js'

/** Options of {@link renderPlot}, as a table. */
export const plotOptions = optionTable({
  layout: { type: 'choice', choices: ['pca', 'umap'], default: 'pca', meaning: 'latent: how codes become points' },
  frames: {
    type: 'integer',
    min: 1,
    max: 24,
    default: 1,
    unit: 'epochs',
    meaning: 'latent: recorded epochs beside each other, evenly spaced, the last always'
  },
  count: { type: 'integer', min: 1, max: 100, default: 10, unit: 'images', meaning: 'clusters: images of each cluster' },
  scale: { type: 'integer', min: 1, max: 16, default: 2, meaning: 'Pixels of the file for each of an image, or for each unit of a drawing' }
})
