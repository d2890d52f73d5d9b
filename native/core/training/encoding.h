// The codes of a dataset, block by block, for what looks at all items at once.
#pragma once

#include "nn/autoencoder.h"
#include "training/augmentation.h"
#include "training/run.h"

namespace dc::training {

// The code of each item: float32 [n, latent].
at::Tensor encode_all(const nn::Autoencoder& autoencoder, const Dataset& data, const Scaling& scaling, const Run& run);

// The codes of `count` augmented copies of the items `index` (int64 [b]), drawn with the run's generator: [count, b, latent].
at::Tensor encode_views(const nn::Autoencoder& autoencoder, const Dataset& data, const Scaling& scaling, const Augmentation& augmentation,
                        const at::Tensor& index, int64_t count, Run& run);

}  // namespace dc::training
