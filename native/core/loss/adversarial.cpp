#include "loss/adversarial.h"

namespace dc::loss {

// -log sigmoid(l) = softplus(-l),  -log(1 - sigmoid(l)) = softplus(l)
at::Tensor discriminator_loss(const at::Tensor& real, const at::Tensor& generated) {
  return at::softplus(-real).mean() + at::softplus(generated).mean();
}

at::Tensor generator_loss(const at::Tensor& generated) { return at::softplus(-generated).mean(); }

}  // namespace dc::loss
