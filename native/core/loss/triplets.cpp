#include "loss/triplets.h"

namespace dc::loss {

TripletLoss triplet_loss(const at::Tensor& z, const at::Tensor& labels, const TripletOptions& options, at::Generator& generator) {
  const at::NoTF32Guard exact;
  const int64_t b = z.size(0);
  // |z_i - z_j|^2 = |z_i|^2 + |z_j|^2 - 2 z_i.z_j
  const at::Tensor norms = z.square().sum(1);
  const at::Tensor squared = norms.unsqueeze(1) + norms.unsqueeze(0) - 2 * at::mm(z, z.t());

  at::Tensor chosen, weights;  // [b, k] the negatives of each item; [b, b, k] 1 for a triplet
  {
    at::NoGradGuard no_grad;
    const at::Tensor same = labels.unsqueeze(1).eq(labels.unsqueeze(0));
    // Each item's negatives are those with the highest of its random numbers: distinct, and drawn without a loop.
    const at::Tensor draws = at::rand({b, b}, generator, z.options()).masked_fill_(same, -1);
    const auto [highest, items] = draws.topk(std::min(options.negatives, b), 1);
    chosen = items;
    const at::Tensor pairs = same.to(at::kFloat).fill_diagonal_(0), valid = highest.ge(0).to(at::kFloat);
    weights = pairs.unsqueeze(2) * valid.unsqueeze(1);
  }
  const at::Tensor negative = squared.gather(1, chosen);
  const at::Tensor hinge = (options.gamma * squared.unsqueeze(2) - negative.unsqueeze(1) + options.margin).clamp_min(0) * weights;
  const at::Tensor triplets = weights.sum().clamp_min(1);
  return {hinge.sum() / triplets, hinge.detach().gt(0).sum() / triplets};
}

}  // namespace dc::loss
