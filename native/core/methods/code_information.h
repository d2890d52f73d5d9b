// InfoGAN's lower bound on the mutual information between the codes and what was generated from them (Chen et al. 2016, equation 4).
#pragma once

#include "methods/latent_codes.h"

namespace dc::methods {

// How Q(c | x) reads codes off the outputs of the auxiliary head.
class CodePosterior {
 public:
  // `learned_variance`: of the Gaussians over numbers, else 1. No less than exp(least_log_variance): the bound has no upper end else.
  CodePosterior(const LatentSpace& space, bool learned_variance, double least_log_variance);

  // Outputs that the head must have: logits of a categorical code; the mean, and the log variance if it is learned, of a number.
  int64_t outputs() const;

  // Of one code, over generated items: `outputs` [b, outputs()], `latents` [b, width] that they were made from. Scalars.
  struct Information {
    at::Tensor bound;  // E[ log Q(c | x) ] + H(c), nats: at most H(c)
    at::Tensor share;  // of what there is to know: bound / H(c) of a categorical code, 1 - E[(c - mean)^2] / Var(c) of a number
  };
  Information information(const at::Tensor& outputs, const at::Tensor& latents, size_t code) const;

  // A code of items: probabilities [b, k] of a categorical one, the mean [b, 1] of a number.
  at::Tensor read(const at::Tensor& outputs, size_t code) const;
  // All of them, side by side: [b, sum of their sizes].
  at::Tensor read(const at::Tensor& outputs) const;

 private:
  at::Tensor part(const at::Tensor& outputs, size_t code) const;
  int64_t outputs_of(const LatentCode& code) const { return code.categorical() ? code.size : learned_variance_ ? 2 : 1; }

  LatentSpace space_;
  bool learned_variance_;
  double least_log_variance_;
};

}  // namespace dc::methods
