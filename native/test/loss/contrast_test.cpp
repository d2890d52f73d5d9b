#include "loss/contrast.h"

#include "../harness.h"
#include "random.h"
#include "run/run.h"

using namespace dc;

TEST("contrast: NT-Xent, hand-worked") {
  // Two images on orthogonal axes, views alike: each code has similarity 1 to its view and 0 to both others.
  const at::Tensor a = at::eye(2) * 3, b = at::eye(2) * 0.5;
  for (const double t : {0.2, 1.0}) {
    const double wanted = -std::log(std::exp(1 / t) / (std::exp(1 / t) + 2));
    EXPECT_CLOSE(loss::nt_xent(a, b, t), at::scalar_tensor(wanted), 1e-5, 0);
  }
  // Views swapped: similarity 0 to the own view, 1 to one of the others.
  EXPECT_CLOSE(loss::nt_xent(a, b.flip(0), 1.0), at::scalar_tensor(-std::log(1 / (std::exp(1.) + 2))), 1e-5, 0);
}

TEST("contrast: a plain double loop gives the same") {
  at::Generator generator = make_generator(at::kCPU, 3);
  const at::Tensor a = at::randn({6, 4}, generator, at::TensorOptions()), b = at::randn({6, 4}, generator, at::TensorOptions());
  const at::Tensor all = at::cat({a, b}).to(at::kDouble);
  double sum = 0;
  for (int64_t i = 0; i < 12; ++i) {
    const auto similarity = [&](int64_t j) { return (all[i].dot(all[j]) / (all[i].norm() * all[j].norm())).item<double>() / 0.2; };
    double others = 0;
    for (int64_t j = 0; j < 12; ++j) {
      if (j != i) others += std::exp(similarity(j));
    }
    sum -= similarity((i + 6) % 12) - std::log(others);
  }
  EXPECT_CLOSE(loss::nt_xent(a, b, 0.2), at::scalar_tensor(sum / 12), 1e-4, 0);
}

TEST("contrast: codes of zeros and a batch of one stay finite") {
  at::Tensor zeros = at::zeros({4, 3}).requires_grad_(true);
  const at::Tensor loss = loss::nt_xent(zeros, at::zeros({4, 3}), 0.2);
  EXPECT(loss.isfinite().item<bool>());
  EXPECT(torch::autograd::grad({loss}, {zeros})[0].isfinite().all().item<bool>());
  EXPECT_CLOSE(loss::nt_xent(at::ones({1, 3}), at::ones({1, 3}), 0.2), at::scalar_tensor(0.), 1e-6, 0);
}
