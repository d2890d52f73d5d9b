#include "cluster/mutual_information.h"

#include "../fixtures.h"
#include "../harness.h"
#include "random.h"

using namespace dc;
using namespace dc::test;

namespace {
void never() {}
const cluster::MutualInformationOptions kOptions{
    .clusters = 4, .restarts = 6, .steps = 100, .batch_size = 200, .start_items = 100, .learning_rate = 0.02, .least_log_variance = -6};
}  // namespace

TEST("mutual information: hand-worked values") {
  // Views that agree on one of two even clusters: P = diag(1/2, 1/2), I = ln 2. Independent ones: 0. Half of the items swapped: 0.
  const at::Tensor a = at::eye(2, at::kDouble).repeat({4, 1});
  EXPECT_CLOSE(cluster::mutual_information(a, a), at::scalar_tensor(std::log(2.), at::kDouble), 1e-6, 0);
  EXPECT_CLOSE(cluster::mutual_information(a, at::full({8, 2}, 0.5, at::kDouble)), at::scalar_tensor(0., at::kDouble), 1e-6, 0);
  // P = (3/8, 1/8; 1/8, 3/8): I = 3/4 ln(3/2) + 1/4 ln(1/2)
  at::Tensor b = a.clone();
  b.narrow(0, 0, 2).copy_(a.narrow(0, 0, 2).flip(1));
  EXPECT_CLOSE(cluster::mutual_information(a, b), at::scalar_tensor(0.75 * std::log(1.5) + 0.25 * std::log(0.5), at::kDouble), 1e-6, 0);
}

TEST("mutual information: symmetric, at most ln k, and several at once are each alone") {
  at::Generator generator = make_generator(at::kCPU, 2);
  const auto doubles = at::TensorOptions().dtype(at::kDouble);
  const at::Tensor a = at::randn({3, 50, 5}, generator, doubles).softmax(-1), b = at::randn({3, 50, 5}, generator, doubles).softmax(-1);
  const at::Tensor all = cluster::mutual_information(a, b);
  EXPECT_CLOSE(all, cluster::mutual_information(b, a), 1e-12, 0);
  EXPECT(all.ge(0).all().item<bool>() && all.le(std::log(5.)).all().item<bool>());
  for (int64_t r = 0; r < 3; ++r) EXPECT_CLOSE(all[r], cluster::mutual_information(a[r], b[r]), 1e-12, 0);
}

TEST("mutual information: its gradient is that of finite differences") {
  at::Generator generator = make_generator(at::kCPU, 2);
  const auto doubles = at::TensorOptions().dtype(at::kDouble);
  const at::Tensor b = at::randn({9, 3}, generator, doubles).softmax(-1);
  at::Tensor logits = at::randn({9, 3}, generator, doubles);
  const auto value = [&](const at::Tensor& at_logits) { return cluster::mutual_information(at_logits.softmax(-1), b); };
  logits.requires_grad_(true);
  const at::Tensor gradient = torch::autograd::grad({value(logits)}, {logits})[0];
  at::NoGradGuard no_grad;
  for (int64_t i = 0; i < logits.numel(); ++i) {
    const double step = 1e-5;
    at::Tensor up = logits.detach().clone(), down = up.clone();
    up.view({-1})[i] += step;
    down.view({-1})[i] -= step;
    const double difference = (value(up) - value(down)).item<double>() / (2 * step);
    EXPECT(std::abs(difference - gradient.view({-1})[i].item<double>()) < 1e-8);
  }
}

TEST("mutual information: training raises it far above that of the k-means starts") {
  // Clusters that a coordinate hides: views agree on the first coordinate only, the others are loud.
  at::Generator generator = make_generator(at::kCPU, 6);
  const auto floats = at::TensorOptions().dtype(at::kFloat);
  const at::Tensor group = at::arange(600, at::kLong).remainder(4).to(at::kFloat);
  at::Tensor views = at::randn({3, 600, 6}, generator, floats);
  views.select(2, 0).copy_((group - 1.5) * 1.5 + 0.1 * at::randn({3, 600}, generator, floats));
  const auto trained = [&](int64_t steps) {
    at::Generator own = make_generator(at::kCPU, 3);
    auto options = kOptions;
    options.steps = steps;
    return cluster::mixture_by_mutual_information(views, options, own, never).mutual_information;
  };
  const double before = trained(0), after = trained(300);
  EXPECT(after > 2 * before && after > 0.7 * std::log(4.));
}

TEST("mutual information: the mixture that maximises it finds the clusters that views share") {
  const Blobs data = blobs(400, 4, 6);
  at::Generator generator = make_generator(at::kCPU, 3);
  const at::Tensor codes = (data.items - data.items.mean(0)) / data.items.std(0);
  const at::Tensor views = codes.unsqueeze(0) + 0.05 * at::randn({3, 400, 6}, generator, at::TensorOptions());
  const auto result = cluster::mixture_by_mutual_information(views, kOptions, generator, never);
  EXPECT(same_partition(cluster::log_joint(codes, result.mixture).argmax(1), data.labels));
  EXPECT(result.mutual_information > 0.95 * std::log(4.) && result.mutual_information <= std::log(4.) + 1e-5);
  at::Generator a = make_generator(at::kCPU, 3), b = make_generator(at::kCPU, 3);
  EXPECT(cluster::mixture_by_mutual_information(views, kOptions, a, never)
             .mixture.means.equal(cluster::mixture_by_mutual_information(views, kOptions, b, never).mixture.means));
}
