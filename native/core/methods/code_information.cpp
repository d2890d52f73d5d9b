#include "methods/code_information.h"

namespace dc::methods {

namespace {

double variance_of(const LatentCode& code) { return code.kind == LatentCode::Kind::uniform ? 1.0 / 3 : 1.0; }

}  // namespace

CodePosterior::CodePosterior(const LatentSpace& space, bool learned_variance, double least_log_variance)
    : space_(space),
      learned_variance_(learned_variance),
      least_log_variance_(least_log_variance) {}

int64_t CodePosterior::outputs() const {
  int64_t total = 0;
  for (const LatentCode& code : space_.codes()) total += outputs_of(code);
  return total;
}

at::Tensor CodePosterior::part(const at::Tensor& outputs, size_t code) const {
  int64_t offset = 0;
  for (size_t before = 0; before < code; ++before) offset += outputs_of(space_.codes()[before]);
  return outputs.narrow(1, offset, outputs_of(space_.codes()[code]));
}

CodePosterior::Information CodePosterior::information(const at::Tensor& outputs, const at::Tensor& latents, size_t code) const {
  const LatentCode& description = space_.codes()[code];
  const at::Tensor own = part(outputs, code), drawn = space_.part(latents, code);
  if (description.categorical()) {
    // log Q(c | x) = log softmax(logits)_c
    const at::Tensor bound = (at::log_softmax(own, 1) * drawn).sum(1).mean() + description.entropy();
    return {bound, bound / description.entropy()};
  }
  // log Q(c | x) = -1/2 [ log 2 pi + log s^2 + (c - mean)^2 / s^2 ]
  const at::Tensor squared = (drawn - own.narrow(1, 0, 1)).square();
  at::Tensor nll;
  if (learned_variance_) {
    // A smooth bound on the log variance: a hard one has no gradient to lead back. The variance is exp(least) exp(excess): in their sum,
    // the exponent, a small excess would be rounded away.
    const at::Tensor excess = at::softplus(own.narrow(1, 1, 1) - least_log_variance_);
    const at::Tensor precision = (-excess).exp() * std::exp(-least_log_variance_);
    nll = 0.5 * (std::log(2 * M_PI) + least_log_variance_ + excess + squared * precision).mean();
  } else {
    nll = 0.5 * (std::log(2 * M_PI) + squared.mean());
  }
  return {description.entropy() - nll, 1 - squared.mean() / variance_of(description)};
}

at::Tensor CodePosterior::read(const at::Tensor& outputs, size_t code) const {
  const at::Tensor own = part(outputs, code);
  return space_.codes()[code].categorical() ? own.softmax(1) : own.narrow(1, 0, 1);
}

at::Tensor CodePosterior::read(const at::Tensor& outputs) const {
  std::vector<at::Tensor> parts;
  for (size_t code = 0; code < space_.codes().size(); ++code) parts.push_back(read(outputs, code));
  return at::cat(parts, 1);
}

}  // namespace dc::methods
