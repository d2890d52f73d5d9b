#include "optim/optimizer.h"

#include "../harness.h"
#include "optim/adam_bfloat16.h"

using namespace dc;
using optim::ScheduleOptions;

namespace {

ScheduleOptions schedule(ScheduleOptions::Optimizer optimizer) {
  return {.epochs = 10,
          .optimizer = optimizer,
          .learning_rate = 0.1,
          .decay = ScheduleOptions::Decay::constant,
          .final_rate = 1,
          .decay_every = 1,
          .decay_factor = 1,
          .momentum = 0.9,
          .nesterov = false};
}

Parameter parameter(double value, Precision precision = Precision::float32) {
  return Parameter::make("x", at::full({1}, value, at::kFloat), precision);
}

}  // namespace

TEST("optimizer: Adam's first two steps on x^2, hand-worked") {
  // g = 2, then 2 x 0.9: the first step is lr g / (|g| + eps) = 0.1.
  Parameter x = parameter(1);
  optim::Optimizer optimizer("x", {&x}, schedule(ScheduleOptions::Optimizer::adam), 1);
  optimizer.minimise(x.leaf.square().sum());
  EXPECT_CLOSE(x.value, at::tensor({0.9}), 1e-6, 0);
  optimizer.minimise(x.leaf.square().sum());
  // m = .9 x .2 + .1 x 1.8 = .36, v = .999 x .004 + .001 x 3.24 = .007236; m^ = .36 / .19, v^ = .007236 / .001999
  EXPECT_CLOSE(x.value, at::tensor({0.9 - 0.1 * (0.36 / 0.19) / std::sqrt(0.007236 / 0.001999)}), 1e-5, 0);
}

TEST("optimizer: two of them, each with its own rate, step as each alone would") {
  ScheduleOptions slow = schedule(ScheduleOptions::Optimizer::adam);
  slow.learning_rate = 0.01;
  Parameter x = parameter(1), y = parameter(2), alone = parameter(1), also = parameter(2);
  optim::Optimizer fast("x", {&x}, schedule(ScheduleOptions::Optimizer::adam), 1), second("y", {&y}, slow, 1);
  optim::Optimizer first_alone("x", {&alone}, schedule(ScheduleOptions::Optimizer::adam), 1), second_alone("y", {&also}, slow, 1);
  for (int i = 0; i < 3; ++i) {
    optim::Optimizer::minimise(x.leaf.square().sum() + y.leaf.square().sum(), {&fast, &second});
    first_alone.minimise(alone.leaf.square().sum());
    second_alone.minimise(also.leaf.square().sum());
  }
  EXPECT(x.value.equal(alone.value) && y.value.equal(also.value));
}

TEST("optimizer: a gradient that comes through a transpose reaches its own entries") {
  const at::Tensor weights = at::arange(6, at::kFloat).view({2, 3}) - 2.5;
  for (const auto kind : {ScheduleOptions::Optimizer::adam, ScheduleOptions::Optimizer::sgd}) {
    for (const Precision precision : {Precision::float32, Precision::bfloat16}) {
      Parameter plain = Parameter::make("x", at::zeros({2, 3}), precision), turned = Parameter::make("x", at::zeros({2, 3}), precision);
      optim::Optimizer a("a", {&plain}, schedule(kind), 1), b("b", {&turned}, schedule(kind), 1);
      a.minimise((plain.leaf.to(at::kFloat) * weights).sum());
      b.minimise((turned.leaf.to(at::kFloat).t() * weights.t().contiguous()).sum());
      EXPECT(plain.value.equal(turned.value));
    }
  }
}

TEST("optimizer: SGD with momentum, and with Nesterov's, hand-worked") {
  for (const bool nesterov : {false, true}) {
    Parameter x = parameter(1);
    ScheduleOptions options = schedule(ScheduleOptions::Optimizer::sgd);
    options.nesterov = nesterov;
    optim::Optimizer optimizer("x", {&x}, options, 1);
    optimizer.minimise(x.leaf.sum());  // g = 1, v = 1: step .1, or .1 (1 + .9)
    EXPECT_CLOSE(x.value, at::tensor({nesterov ? 0.81 : 0.9}), 1e-6, 0);
    optimizer.minimise(x.leaf.sum());  // v = 1.9: step .19, or .1 (1 + .9 x 1.9)
    EXPECT_CLOSE(x.value, at::tensor({nesterov ? 0.81 - 0.271 : 0.71}), 1e-6, 0);
  }
}

TEST("optimizer: the rates of the schedules") {
  Parameter x = parameter(1);
  ScheduleOptions options = schedule(ScheduleOptions::Optimizer::sgd);
  const auto rates = [&](int64_t steps_per_epoch, int64_t count) {
    optim::Optimizer optimizer("x", {&x}, options, steps_per_epoch);
    std::vector<double> all;
    for (int64_t i = 0; i < count; ++i) {
      all.push_back(optimizer.learning_rate());
      optimizer.minimise(x.leaf.sum());
    }
    return all;
  };
  options.decay = ScheduleOptions::Decay::step;
  options.decay_every = 2;
  options.decay_factor = 0.5;
  const auto step = rates(2, 9);
  EXPECT(step[0] == 0.1 && step[3] == 0.1 && std::abs(step[4] - 0.05) < 1e-12 && std::abs(step[8] - 0.025) < 1e-12);
  options.decay = ScheduleOptions::Decay::cosine;
  options.final_rate = 0.1;
  const auto cosine = rates(2, 21);
  EXPECT(cosine[0] == 0.1 && std::abs(cosine[10] - 0.055) < 1e-9 && std::abs(cosine[20] - 0.01) < 1e-12);
}

TEST("optimizer: the bfloat16 update equals float32 Adam on the same gradients, and its copy is the rounded value") {
  at::Generator generator = at::globalContext().defaultGenerator(at::kCPU).clone();
  generator.set_current_seed(3);
  for (const int64_t count : {1, 7, 31, 1000, 40000}) {
    const auto floats = at::TensorOptions().dtype(at::kFloat);
    at::Tensor value = at::randn({count}, generator, floats), m = at::zeros({count}), v = at::zeros({count});
    at::Tensor wanted = value.to(at::kDouble), wanted_m = at::zeros({count}, at::kDouble), wanted_v = wanted_m.clone();
    at::Tensor copy = value.to(at::kBFloat16);
    for (int64_t step = 1; step <= 5; ++step) {
      const at::Tensor gradient = at::randn({count}, generator, floats).to(at::kBFloat16);
      optim::adam_bfloat16_(value, m, v, copy, gradient, 0.01, 0.9, 0.999, 1e-8, step);
      const at::Tensor g = gradient.to(at::kDouble);
      wanted_m = 0.9 * wanted_m + 0.1 * g;
      wanted_v = 0.999 * wanted_v + 0.001 * g * g;
      wanted = wanted - 0.01 * (wanted_m / (1 - std::pow(0.9, step))) / ((wanted_v / (1 - std::pow(0.999, step))).sqrt() + 1e-8);
    }
    EXPECT_CLOSE(value, wanted, 1e-6, 1e-5);
    EXPECT(copy.equal(value.to(at::kBFloat16)));
  }
}

TEST("optimizer: a restored one goes on as if nothing had happened") {
  for (const Precision precision : {Precision::float32, Precision::bfloat16}) {
    Parameter a = parameter(1, precision), b = parameter(1, precision);
    optim::Optimizer first("o", {&a}, schedule(ScheduleOptions::Optimizer::adam), 1);
    const auto loss = [](const Parameter& x) { return x.leaf.to(at::kFloat).square().sum(); };
    for (int i = 0; i < 3; ++i) first.minimise(loss(a));
    optim::Optimizer second("o", {&b}, schedule(ScheduleOptions::Optimizer::adam), 1);
    second.restore(first.state());
    b.value.copy_(a.value);
    b.refresh();
    for (int i = 0; i < 3; ++i) first.minimise(loss(a)), second.minimise(loss(b));
    EXPECT(a.value.equal(b.value) && a.leaf.equal(b.leaf));
  }
}
