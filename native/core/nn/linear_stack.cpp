#include "nn/linear_stack.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/custom_function.h>

#include "error.h"
#include "loops/activation_gradient_loops.h"

namespace dc::nn {

namespace {

constexpr double kLeak = 0.01;

// oneDNN's product with bias and activation as its last pass over the output; none in a libtorch without oneDNN.
const std::optional<c10::OperatorHandle>& fused_product() {
  static const std::optional<c10::OperatorHandle> found = [] {
    auto handle = c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", ""});
    if (handle && !(at::globalContext().hasMKLDNN() && handle->hasKernelForDispatchKey(c10::DispatchKey::CPU))) handle.reset();
    return handle;
  }();
  return found;
}

at::Tensor activate_(at::Tensor x, Activation activation) {
  switch (activation) {
    case Activation::relu: return x.relu_();
    case Activation::leaky_relu: return at::leaky_relu_(x, kLeak);
    case Activation::tanh: return x.tanh_();
  }
  return x;
}

at::Tensor layer(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, std::optional<Activation> activation) {
  const at::Tensor y = at::linear(x, weight, bias);
  return activation ? activate_(y, *activation) : y;
}

at::Tensor fused_layer(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, std::optional<Activation> activation) {
  if (!fused_product()) return layer(x, weight, bias, activation);
  static constexpr const char* names[] = {"relu", "leaky_relu", "tanh"};
  c10::List<std::optional<at::Scalar>> scalars;
  if (activation == Activation::leaky_relu) scalars.push_back(at::Scalar(kLeak));
  torch::jit::Stack stack{x, weight, bias, std::string(activation ? names[static_cast<int>(*activation)] : "none"), scalars, std::string()};
  fused_product()->callBoxed(stack);
  return stack.front().toTensor().contiguous();
}

// a b, whose float32 product MKL takes twice as long for where it is this narrow as for its transpose.
constexpr int64_t kNarrow = 16;

at::Tensor product(const at::Tensor& a, const at::Tensor& b) {
  if (b.size(1) > kNarrow || a.scalar_type() != at::kFloat) return a.mm(b);
  return b.t().mm(a.t()).t().contiguous();
}

template <typename Number, typename Bits>
void activation_gradient_columns_(const at::Tensor& gradient, float* bias, const at::Tensor& y, Activation activation) {
  const int64_t rows = y.size(0), columns = y.size(1);
  auto* g = reinterpret_cast<Bits*>(gradient.data_ptr<Number>());
  const auto* output = reinterpret_cast<const Bits*>(y.const_data_ptr<Number>());
  const int64_t grain = std::max<int64_t>(64, (1 << 15) / std::max<int64_t>(1, rows));
  // Columns are shared out, so that every sum over rows belongs to one thread and comes out the same for any number of them.
  at::parallel_for(0, columns, grain, [&](int64_t begin, int64_t end) {
    const loops::Columns range{rows, columns, begin, end};
    if (activation == Activation::tanh) return loops::tanh_gradient_loop(g, bias, output, range);
    loops::relu_gradient_loop(g, bias, output, activation == Activation::leaky_relu ? static_cast<float>(kLeak) : 0.0f, range);
  });
}

// In place, the gradient with respect to an activation's output y becomes that with respect to its input. Returns its sum over the rows.
at::Tensor activation_gradient_(const at::Tensor& gradient, const at::Tensor& y, Activation activation) {
  const at::Tensor bias = at::zeros({y.size(1)}, y.options().dtype(at::kFloat));
  if (y.scalar_type() == at::kBFloat16) {
    activation_gradient_columns_<at::BFloat16, uint16_t>(gradient, bias.data_ptr<float>(), y, activation);
  } else {
    activation_gradient_columns_<float, float>(gradient, bias.data_ptr<float>(), y, activation);
  }
  return bias.to(y.scalar_type());
}

struct FusedStack : torch::autograd::Function<FusedStack> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x, at::TensorList parameters, int64_t activation,
                            bool last_activated) {
    torch::autograd::variable_list saved(parameters.begin(), parameters.end());
    saved.push_back(x);
    for (size_t l = 0; l < parameters.size(); l += 2) {
      const bool activated = l + 2 < parameters.size() || last_activated;
      saved.push_back(fused_layer(saved.back(), parameters[l], parameters[l + 1],
                                  activated ? std::optional(static_cast<Activation>(activation)) : std::nullopt));
    }
    const at::Tensor y = saved.back();
    if (!last_activated) saved.pop_back();  // its gradient does not need it
    context->save_for_backward(std::move(saved));
    context->saved_data["layers"] = static_cast<int64_t>(parameters.size() / 2);
    context->saved_data["activation"] = activation;
    context->saved_data["last_activated"] = last_activated;
    return y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const torch::autograd::variable_list saved = context->get_saved_variables();
    const auto layers = static_cast<size_t>(context->saved_data["layers"].toInt());
    const auto activation = static_cast<Activation>(context->saved_data["activation"].toInt());
    const bool last_activated = context->saved_data["last_activated"].toBool();
    const auto h = [&](size_t l) -> const at::Tensor& { return saved[2 * layers + l]; };

    torch::autograd::variable_list result(1 + 2 * layers + 2);
    at::Tensor g = last_activated ? gradients[0].clone(at::MemoryFormat::Contiguous) : gradients[0].contiguous();
    for (size_t l = layers; l-- > 0;) {
      // dL/db_l = 1' g,  dL/dW_l = g' h_l,  dL/dh_l = g W_l
      const bool activated = l + 1 < layers || last_activated;
      result[1 + 2 * l + 1] = activated ? activation_gradient_(g, h(l + 1), activation) : g.sum(0);
      result[1 + 2 * l] = product(g.t(), h(l));
      if (l > 0 || context->needs_input_grad(0)) g = product(g, saved[2 * l]);
    }
    if (context->needs_input_grad(0)) result[0] = g;
    return result;
  }
};

}  // namespace

Activation activation_named(const std::string& name) {
  if (name == "relu") return Activation::relu;
  if (name == "leaky-relu") return Activation::leaky_relu;
  if (name == "tanh") return Activation::tanh;
  throw Error("ERR_NATIVE", "Unknown activation " + name);
}

at::Tensor linear_stack(const at::Tensor& x, at::TensorList parameters, Activation activation, bool last_activated) {
  const bool fused = x.is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
  if (fused && at::GradMode::is_enabled()) return FusedStack::apply(x, parameters, static_cast<int64_t>(activation), last_activated);
  at::Tensor h = x;
  for (size_t l = 0; l < parameters.size(); l += 2) {
    const bool activated = l + 2 < parameters.size() || last_activated;
    h = (fused ? fused_layer : layer)(h, parameters[l], parameters[l + 1], activated ? std::optional(activation) : std::nullopt);
  }
  return h;
}

}  // namespace dc::nn
