// The two losses of generative adversarial training (Goodfellow et al. 2014), on logits: log D would saturate.
#pragma once

#include "torch.h"

namespace dc::loss {

// -E[ log D(x) + log(1 - D(G(z))) ], D = sigmoid(logit)      (algorithm 1). Logits [b] of real and of generated items.
at::Tensor discriminator_loss(const at::Tensor& real, const at::Tensor& generated);

// -E[ log D(G(z)) ], the form that does not saturate while D is ahead      (section 3).
at::Tensor generator_loss(const at::Tensor& generated);

}  // namespace dc::loss
