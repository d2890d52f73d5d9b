// The codes of a dataset, block by block, for what looks at all items at once.
#pragma once

#include "data/augmentation.h"
#include "nn/autoencoder.h"
#include "run/run.h"

namespace dc::phases {

// What `encode` (scaled items [b, d] -> [b, dimensions]) gives to each item: float32 [n, dimensions].
at::Tensor encode_all(const std::function<at::Tensor(const at::Tensor&)>& encode, int64_t dimensions, const data::Dataset& data,
                      const data::Scaling& scaling, const run::Run& run);

// The code of each item: float32 [n, latent].
at::Tensor encode_all(const nn::Autoencoder& autoencoder, const data::Dataset& data, const data::Scaling& scaling, const run::Run& run);

// The codes of `count` augmented copies of the items `index` (int64 [b]), drawn with the run's generator: [count, b, latent].
at::Tensor encode_views(const nn::Autoencoder& autoencoder, const data::Dataset& data, const data::Scaling& scaling,
                        const data::Augmentation& augmentation, const at::Tensor& index, int64_t count, run::Run& run);

}  // namespace dc::phases
