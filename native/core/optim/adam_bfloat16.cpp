#include "optim/adam_bfloat16.h"

#include "loops/adam_bfloat16_loop.h"

namespace dc::optim {

void adam_bfloat16_(at::Tensor& value, at::Tensor& moment1, at::Tensor& moment2, at::Tensor& copy, const at::Tensor& gradient,
                    double learning_rate, double beta1, double beta2, double epsilon, int64_t step) {
  const at::Tensor g = gradient.contiguous();
  const double correction = std::sqrt(1 - std::pow(beta2, step));
  const loops::AdamConstants constants{.beta1 = static_cast<float>(beta1),
                                       .beta2 = static_cast<float>(beta2),
                                       .step_size = static_cast<float>(learning_rate * correction / (1 - std::pow(beta1, step))),
                                       .epsilon = static_cast<float>(epsilon * correction)};
  float* x = value.data_ptr<float>();
  float* m = moment1.data_ptr<float>();
  float* v = moment2.data_ptr<float>();
  auto* c = reinterpret_cast<uint16_t*>(copy.data_ptr<at::BFloat16>());
  const auto* grad = reinterpret_cast<const uint16_t*>(g.data_ptr<at::BFloat16>());
  at::parallel_for(0, value.numel(), 1 << 14, [&](int64_t begin, int64_t end) {
    adam_bfloat16_loop(x + begin, m + begin, v + begin, c + begin, grad + begin, end - begin, constants);
  });
}

}  // namespace dc::optim
