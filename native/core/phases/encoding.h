// The codes of a dataset, block by block, for what looks at all items at once.
#pragma once

#include "data/augmentation.h"
#include "nn/autoencoder.h"
#include "run/run.h"

namespace dc::phases {

using Encode = std::function<at::Tensor(const at::Tensor& x)>;  // scaled items [b, d] -> codes [b, dimensions]

// What `encode` gives to each item, computed when it is read: float32 [n, dimensions]. All are referred to.
data::Rows encoded(const Encode& encode, int64_t dimensions, const data::Dataset& data, const data::Scaling& scaling, const run::Run& run);

// The code of each item, likewise.
data::Rows encoded(const nn::Autoencoder& autoencoder, const data::Dataset& data, const data::Scaling& scaling, const run::Run& run);

// All of them at once: [n, dimensions].
at::Tensor all_of(const data::Rows& codes, const run::Run& run);

// What `label` makes of each block of codes [b, dimensions], int64 [b]: int64 [n].
at::Tensor label_all(const data::Rows& codes, const std::function<at::Tensor(const at::Tensor&)>& label, const run::Run& run);

// The codes of `count` augmented copies of the items `index` (int64 [b]), drawn with the run's generator: [count, b, latent].
at::Tensor encode_views(const nn::Autoencoder& autoencoder, const data::Dataset& data, const data::Scaling& scaling,
                        const data::Augmentation& augmentation, const at::Tensor& index, int64_t count, run::Run& run);

}  // namespace dc::phases
