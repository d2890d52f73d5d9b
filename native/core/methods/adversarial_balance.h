// Whether generator and discriminator keep each other busy: what is said of it in the history, and warnings with the numbers.
#pragma once

#include "run/run.h"

namespace dc::methods {

class AdversarialBalance {
 public:
  // Terms of a step, by these names.
  static std::vector<std::string> names() { return {"realScore", "generatedScore", "diversity"}; }
  // Mean D(x) and mean D(G(z)), from logits [b]; the deviation of generated items [b, d] as a share of that of real ones, over all
  // features.
  static std::vector<at::Tensor> terms(const at::Tensor& real_logits, const at::Tensor& generated_logits, const at::Tensor& real,
                                       const at::Tensor& generated);

  // After an epoch, with the means of the terms; once a state has held for three epochs, or holds at the last, it is warned of.
  void judge(const double* means, bool last, const run::Run& run);

 private:
  struct Count {
    int epochs = 0;
    bool warned = false;
    // Counts an epoch; whether the state is to be warned of now.
    bool holds(bool now, bool last);
  };
  Count won_, collapsed_;
};

// Warns of codes that the generator ignores: `shares` of what there is to know of each, c1 first.
void warn_of_ignored_codes(const std::vector<double>& shares, const run::Run& run);

}  // namespace dc::methods
