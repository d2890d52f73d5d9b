#include "loss/triplets.h"

#include "methods/cluster_order.h"
#include "run/run.h"

#include "../harness.h"
#include "random.h"

using namespace dc;
using namespace dc::test;
using loss::triplet_loss;
using loss::TripletOptions;

namespace {

at::Generator generator_of(uint64_t seed) { return make_generator(at::kCPU, seed); }

}  // namespace

TEST("triplet: value and gradients of one triplet, by hand") {
  // The pair counts in both orders: (a, p) as worked out, and (p, a), whose negative n is at 0.08.
  const at::Tensor z = at::tensor({1.0, 0.0, 0.8, 0.6, 0.6, 0.8}, at::kFloat).view({3, 2}).requires_grad_(true);
  const at::Tensor labels = at::tensor({0, 0, 1}, at::kLong);
  at::Generator generator = generator_of(1);
  // gamma 2: 2 * 0.4 - 0.8 + 0.2 = 0.2 and 2 * 0.4 - 0.08 + 0.2 = 0.92
  const auto loss = triplet_loss(z, labels, {.gamma = 2, .margin = 0.2, .negatives = 20}, generator);
  EXPECT_CLOSE(loss.value.detach(), at::scalar_tensor((0.2 + 0.92) / 2), 1e-6, 0);
  EXPECT_CLOSE(loss.active, at::ones({}), 0, 0);
  // (a, p): (0, -0.8), (-0.8, 2.4), (0.8, -1.6).  (p, a): a 4 (a - p), p 4 (p - a) - 2 (p - n), n 2 (p - n).
  const at::Tensor first = at::tensor({0.0, -0.8, -0.8, 2.4, 0.8, -1.6}, at::kFloat),
                   second = at::tensor({0.8, -2.4, -1.2, 2.8, 0.4, -0.4}, at::kFloat);
  EXPECT_CLOSE(torch::autograd::grad({loss.value}, {z})[0].flatten(), (first + second) / 2, 1e-5, 0);
  // gamma 1: 0.4 - 0.8 + 0.2 < 0, and 0.4 - 0.08 + 0.2 = 0.52
  const auto half = triplet_loss(z, labels, {.gamma = 1, .margin = 0.2, .negatives = 20}, generator);
  EXPECT_CLOSE(half.value.detach(), at::scalar_tensor(0.26), 1e-6, 0);
  EXPECT_CLOSE(half.active, at::scalar_tensor(0.5), 1e-6, 0);
}

TEST("triplet: all negatives give the mean over all triplets of a plain triple loop, and a few draw from it") {
  at::Generator generator = generator_of(2);
  const at::Tensor z = at::randn({30, 4}, generator, at::TensorOptions().dtype(at::kFloat));
  const at::Tensor labels = at::randint(0, 5, {30}, generator, at::TensorOptions().dtype(at::kLong));
  double sum = 0;
  int64_t triplets = 0;
  for (int64_t a = 0; a < 30; ++a) {
    for (int64_t p = 0; p < 30; ++p) {
      for (int64_t n = 0; n < 30; ++n) {
        const auto label = [&](int64_t i) { return labels[i].item<int64_t>(); };
        if (a == p || label(a) != label(p) || label(a) == label(n)) continue;
        sum += std::max(0.0, 1.5 * (z[a] - z[p]).square().sum().item<double>() - (z[a] - z[n]).square().sum().item<double>() + 0.3);
        ++triplets;
      }
    }
  }
  TripletOptions options{.gamma = 1.5, .margin = 0.3, .negatives = 30};
  EXPECT_CLOSE(triplet_loss(z, labels, options, generator).value, at::scalar_tensor(sum / static_cast<double>(triplets)), 0, 1e-5);
  options.negatives = 3;
  at::Tensor mean = at::zeros({});
  for (int64_t draw = 0; draw < 400; ++draw) mean += triplet_loss(z, labels, options, generator).value / 400;
  // Anchors weigh by their pairs here and there by pairs times negatives: close, not equal.
  EXPECT_CLOSE(mean, at::scalar_tensor(sum / static_cast<double>(triplets)), 0, 0.05);
}

TEST("triplet: a batch without pairs, or of one cluster, has loss and gradient 0") {
  at::Generator generator = generator_of(3);
  const at::Tensor z = at::randn({6, 3}, generator, at::TensorOptions().dtype(at::kFloat)).requires_grad_(true);
  for (const at::Tensor& labels : {at::arange(6, at::kLong), at::zeros({6}, at::kLong)}) {
    const auto loss = triplet_loss(z, labels, {.gamma = 2, .margin = 0.2, .negatives = 20}, generator);
    EXPECT(loss.value.item<double>() == 0 && loss.active.item<double>() == 0);
    EXPECT(torch::autograd::grad({loss.value}, {z})[0].eq(0).all().item<bool>());
  }
}

TEST("cluster order: holds every item once, in parts of one cluster, drawn anew") {
  at::Generator generator = generator_of(4);
  const at::Tensor labels = at::randint(0, 40, {1000}, generator, at::TensorOptions().dtype(at::kLong));
  const at::Tensor order = methods::order_by_clusters(labels, 5, generator), again = methods::order_by_clusters(labels, 5, generator);
  EXPECT(std::get<0>(order.sort()).equal(at::arange(1000, at::kLong)) && !order.equal(again));
  const at::Tensor sorted = labels.index_select(0, order);
  // About 1000 / 5 parts and a smaller one for each cluster: neighbours in the order are of one cluster but at their ends.
  const double changes = sorted.slice(0, 1).ne(sorted.slice(0, 0, -1)).sum().item<double>();
  EXPECT(changes > 150 && changes < 240);
  // 1 is a random order.
  const at::Tensor random = labels.index_select(0, methods::order_by_clusters(labels, 1, generator));
  EXPECT(random.slice(0, 1).eq(random.slice(0, 0, -1)).to(at::kFloat).mean().item<double>() < 0.06);
}
