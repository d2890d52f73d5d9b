#include "nn/reconstruction_loss.h"

#include <torch/csrc/autograd/custom_function.h>

#include "loops/reordered/reconstruction_loops.h"

namespace dc::nn {

namespace {

enum class Error { squared, bernoulli };

template <typename Number, typename Bits>
void fused_rows(Error kind, const at::Tensor& output, const at::Tensor& target, const at::Tensor& gradient, const at::Tensor& sums,
                float factor) {
  const int64_t features = output.size(1);
  const auto* o = reinterpret_cast<const Bits*>(output.const_data_ptr<Number>());
  auto* g = reinterpret_cast<Bits*>(gradient.data_ptr<Number>());
  const float* t = target.const_data_ptr<float>();
  float* s = sums.data_ptr<float>();
  at::parallel_for(0, output.size(0), std::max<int64_t>(1, (1 << 13) / std::max<int64_t>(1, features)), [&](int64_t begin, int64_t end) {
    const int64_t first = begin * features;
    const auto loop = [&](auto function) { function(o + first, t + first, g + first, s + begin, end - begin, features, factor); };
    if (kind == Error::squared) {
      loop([](auto... arguments) { loops::squared_error_loop(arguments...); });
    } else {
      loop([](auto... arguments) { loops::bernoulli_error_loop(arguments...); });
    }
  });
}

struct FusedError : torch::autograd::Function<FusedError> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& output, const at::Tensor& target, int64_t kind,
                            double factor) {
    const at::Tensor o = output.contiguous(), gradient = at::empty_like(o), sums = at::empty({o.size(0)}, target.options());
    const double scale = factor / static_cast<double>(o.size(0));
    const auto rows = o.scalar_type() == at::kBFloat16 ? fused_rows<at::BFloat16, uint16_t> : fused_rows<float, float>;
    rows(static_cast<Error>(kind), o, target.contiguous(), gradient, sums, static_cast<float>(scale));
    context->save_for_backward({gradient});
    return sums.sum().mul_(scale);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const at::Tensor gradient = context->get_saved_variables()[0], outer = gradients[0];
    // A loss that is minimised itself, or one term of a sum, has 1 here.
    return {outer.item<float>() == 1 ? gradient : gradient * outer.to(gradient.scalar_type()), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

bool fusable(const at::Tensor& output, const at::Tensor& target) {
  return at::GradMode::is_enabled() && output.is_cpu() && (output.scalar_type() == at::kFloat || output.scalar_type() == at::kBFloat16) &&
         output.dim() == 2 && target.scalar_type() == at::kFloat && !target.requires_grad();
}

at::Tensor in_float(const at::Tensor& output) { return output.scalar_type() == at::kBFloat16 ? output.to(at::kFloat) : output; }

}  // namespace

at::Tensor squared_error(const at::Tensor& output, const at::Tensor& target, double factor) {
  if (fusable(output, target)) return FusedError::apply(output, target, static_cast<int64_t>(Error::squared), factor);
  return at::mse_loss(in_float(output), target, at::Reduction::Sum) * (factor / static_cast<double>(target.size(0)));
}

at::Tensor bernoulli_error(const at::Tensor& output, const at::Tensor& target, double factor) {
  if (fusable(output, target)) return FusedError::apply(output, target, static_cast<int64_t>(Error::bernoulli), factor);
  return at::binary_cross_entropy_with_logits(in_float(output), target, {}, {}, at::Reduction::Sum) *
         (factor / static_cast<double>(target.size(0)));
}

}  // namespace dc::nn
