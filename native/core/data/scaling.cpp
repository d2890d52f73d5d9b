#include "data/scaling.h"

#include "data/moments.h"
#include "error.h"

namespace dc::data {

Scaling::Scaling(const std::string& kind, int64_t features)
    : kind_(kind == "standard" ? Kind::standard
            : kind == "unit"   ? Kind::unit
                               : Kind::none),
      features_(features) {}

void Scaling::fit(const Dataset& data, const Poll& poll) {
  at::NoGradGuard no_grad;
  const auto options = at::TensorOptions().dtype(at::kFloat).device(data.device());
  shift_ = at::zeros({1}, options);
  scale_ = at::full({1}, factor(), options);
  if (kind_ != Kind::standard) return;
  const Moments moments = moments_of(Rows::of(data), poll);
  shift_ = moments.mean.to(at::kFloat);
  scale_ = at::where(moments.variance > 0, moments.variance.rsqrt(), at::zeros_like(moments.variance)).to(at::kFloat);
}

void Scaling::check_unit_interval(const Dataset& data, const std::string& option, const std::string& value, const Poll& poll) const {
  if (kind_ == Kind::unit && data.bytes()) return;
  each_block(data.size(), poll, [&](int64_t begin, int64_t end) {
    const at::Tensor x = block(data, begin, end);
    if (!x.ge(0).logical_and_(x.le(1)).all().item<bool>()) {
      throw Error("RangeError", "Expected numbers in 0..1 (after `scaling`) for `data`, which `" + option + "` " + value +
                                    " needs, but received others: scale them, or take another `" + option + "`");
    }
  });
}

at::Tensor Scaling::undo(const at::Tensor& x) const {
  at::NoGradGuard no_grad;
  return at::where(scale_ > 0, x / scale_, at::zeros_like(x)) + shift_;
}

std::vector<Slot> Scaling::slots() {
  const int64_t numbers = kind_ == Kind::standard ? features_ : 1;
  return {Slot::settled("input.shift", shift_, {numbers}), Slot::settled("input.scale", scale_, {numbers})};
}

}  // namespace dc::data
