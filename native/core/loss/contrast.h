// Contrast between two augmented views of the same images.
#pragma once

#include "options.h"

namespace dc::loss {

struct ContrastOptions {
  double weight;       // of the term, beside a reconstruction loss that is summed over features
  double temperature;  // of the softmax over similarities

  // The options `<prefix>Contrast` and `temperature`.
  static ContrastOptions read(const OptionValues& values, const std::string& prefix = "");
};

// NT-Xent, the normalised temperature-scaled cross-entropy (Chen et al. 2020, equation 1), mean over the 2 b codes: each is to be
// nearer, by its angle, to the other view of its image than to all others. a, b float32 [b, latent].
at::Tensor nt_xent(const at::Tensor& a, const at::Tensor& b, double temperature);

}  // namespace dc::loss
