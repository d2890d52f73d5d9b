#include "methods/adversarial_balance.h"

namespace dc::methods {

namespace {

constexpr int kPatience = 3;             // epochs
constexpr double kWon = 0.95;            // D(x) - D(G(z)), both means: nothing it sees is in doubt
constexpr double kLeastDiversity = 0.3;  // healthy runs on digits lie between 0.8 and 1.1 (docs/infogan.md)
constexpr double kLeastShare = 0.1;

std::string two_digits(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

at::Tensor deviation(const at::Tensor& x) { return x.var(0, /*unbiased=*/false).mean().sqrt(); }

}  // namespace

std::vector<at::Tensor> AdversarialBalance::terms(const at::Tensor& real_logits, const at::Tensor& generated_logits, const at::Tensor& real,
                                                  const at::Tensor& generated) {
  at::NoGradGuard no_grad;
  return {real_logits.sigmoid().mean(), generated_logits.sigmoid().mean(), deviation(generated) / deviation(real).clamp_min(1e-12)};
}

bool AdversarialBalance::Count::holds(bool now, bool last) {
  epochs = now ? epochs + 1 : 0;
  if (warned || !now || (epochs < kPatience && !last)) return false;
  return warned = true;
}

void AdversarialBalance::judge(const double* means, bool last, const run::Run& run) {
  const double real = means[0], generated = means[1], diversity = means[2];
  if (won_.holds(real - generated > kWon, last)) {
    run.warn("The discriminator has won: it gives real items " + two_digits(real) + " and generated ones " + two_digits(generated) +
             ", so the generator learns little. Lower `discriminatorLearningRate`, or raise `learningRate`");
  }
  if (collapsed_.holds(diversity < kLeastDiversity, last)) {
    run.warn("The generator has collapsed: its items vary " + two_digits(diversity) +
             " times as much as the data. Take another `seed`, or lower `learningRate`");
  }
}

void warn_of_ignored_codes(const std::vector<double>& shares, const run::Run& run) {
  for (size_t code = 0; code < shares.size(); ++code) {
    if (shares[code] >= kLeastShare) continue;
    run.warn("The generator ignores the code c" + std::to_string(code + 1) + ": its items tell " + two_digits(shares[code]) +
             " of what there is to know of it. Train longer, or raise its weight in the loss");
  }
}

}  // namespace dc::methods
