// The stand-in itself: what CUDA refuses, what waits for the device, what is counted.
#include "stand_in.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_fused_adam.h>

#include "harness.h"
#include "random.h"
#include "run/run.h"

using namespace dc;
using namespace dc::test;

namespace {

const auto on_cuda = at::TensorOptions().dtype(at::kFloat).device(at::kCUDA);

bool refuses(const std::function<void()>& body) {
  try {
    body();
  } catch (const c10::Error& error) {
    return true;
  }
  return false;
}

int64_t reads_of(const std::function<void()>& body) {
  Watch watch;
  body();
  return watch.traffic().reads;
}

}  // namespace

TEST("stand-in: tensors live on cuda, and compute what the CPU computes") {
  const at::Tensor a = at::rand({5, 4}), b = at::rand({4, 3});
  const at::Tensor product = at::mm(a.to(at::kCUDA), b.to(at::kCUDA));
  EXPECT(product.is_cuda() && product.device() == at::Device(at::kCUDA, 0));
  EXPECT(product.cpu().equal(at::mm(a, b)));
  // Views share memory, and a resized result is taken over.
  at::Tensor x = at::zeros({2, 3}, on_cuda);
  x.select(0, 1).fill_(2);
  EXPECT(x.sum().item<float>() == 6);
  at::Tensor out = at::empty({0}, on_cuda);
  at::mm_out(out, x, x.t());
  EXPECT(out.sizes() == at::IntArrayRef({2, 2}) && out[1][1].item<float>() == 12);
  EXPECT(at::zeros({1}, on_cuda.device(at::Device(at::kCUDA, 1))).device().index() == 1);
}

TEST("stand-in: gradients come back on the device") {
  const at::Tensor w = at::rand({3, 4}, on_cuda).requires_grad_(true), x = at::rand({5, 4}, on_cuda);
  const at::Tensor gradient = torch::autograd::grad({at::linear(x, w).relu().square().sum()}, {w})[0];
  const at::Tensor v = w.detach().cpu().requires_grad_(true);
  EXPECT_CLOSE(gradient, torch::autograd::grad({at::linear(x.cpu(), v).relu().square().sum()}, {v})[0], 1e-6, 1e-6);
}

TEST("stand-in: devices do not mix") {
  const at::Tensor d = at::rand({4, 4}, on_cuda), h = at::rand({4, 4});
  const at::Tensor index = at::arange(4), on_device = index.to(at::kCUDA);
  const at::Tensor second = at::rand({4, 4}, on_cuda.device(at::Device(at::kCUDA, 1)));
  EXPECT(refuses([&] { at::mm(d, h); }));
  EXPECT(refuses([&] { at::mm(d, second); }));
  EXPECT(refuses([&] { at::add(h, d); }));
  EXPECT(refuses([&] { at::cat({d, h}); }));
  EXPECT(refuses([&] { at::stack({d.sum(), h.sum()}); }));
  EXPECT(refuses([&] { d.index_select(0, index); }));
  EXPECT(refuses([&] { h.index_select(0, on_device); }));
  EXPECT(refuses([&] { d.gather(1, index.unsqueeze(1)); }));
  EXPECT(refuses([&] { at::Tensor(d).scatter_(1, index.unsqueeze(1), 1.0); }));
  EXPECT(refuses([&] { at::Tensor(d).index_copy_(0, on_device, h); }));
  EXPECT(refuses([&] { at::cross_entropy_loss(d, index); }));
  EXPECT(refuses([&] { at::where(d.gt(0), d, h); }));
  EXPECT(refuses([&] { at::conv2d(d.view({1, 1, 4, 4}), h.view({1, 1, 4, 4})); }));
  EXPECT(refuses([&] { at::rand({2}, at::make_generator<at::CPUGeneratorImpl>(), on_cuda); }));
  EXPECT(refuses([&] {
    std::vector<at::Tensor> values{d.clone()}, moment1{d.clone()}, moment2{d.clone()}, steps{at::zeros({})};
    at::_fused_adam_(values, {d}, moment1, moment2, {}, steps, 0.1, 0.9, 0.999, 0, 1e-8, false, false);
  }));
  // A number that is a tensor of the CPU goes along, as on CUDA.
  EXPECT((d * at::scalar_tensor(2.0)).is_cuda());
}

TEST("stand-in: what waits for the device is a read, and a Watch can refuse it") {
  const at::Tensor d = at::rand({4, 4}, on_cuda);
  EXPECT(reads_of([&] { d.sum().item<float>(); }) == 1);
  EXPECT(reads_of([&] { d.cpu(); }) == 1);
  EXPECT(reads_of([&] { d.gt(0).nonzero(); }) == 1);
  EXPECT(reads_of([&] { d.masked_select(d.gt(0)); }) == 1);
  EXPECT(reads_of([&] { at::_unique2(d); }) == 1);
  EXPECT(reads_of([&] { d.equal(d); }) == 1);
  EXPECT(reads_of([&] { d.index({std::optional<at::Tensor>(d.gt(0))}); }) >= 1);
  EXPECT(reads_of([&] { at::bincount(at::arange(3, on_cuda.dtype(at::kLong))); }) == 1);
  EXPECT(reads_of([&] { (d + 1).relu().sum(); }) == 0);
  const Watch watch(/*refuse_reads=*/true);
  EXPECT(refuses([&] { d.sum().item<float>(); }));
  EXPECT(refuses([&] { d.cpu(); }));
}

TEST("stand-in: launches and uploads are counted, views and allocations are not") {
  const at::Tensor d = at::rand({4, 4}, on_cuda);
  Watch watch;
  const at::Tensor y = at::empty_like(d).copy_(d.t().view({4, 4}).narrow(0, 0, 4));
  std::vector<at::Tensor> steps{d, y};
  at::_foreach_add_(steps, 1);
  at::zeros({3}).to(at::kCUDA);
  const Traffic seen = watch.traffic();
  EXPECT(seen.launches == 2 && seen.uploads == 1 && seen.reads == 0);
}

TEST("stand-in: equal work on equal buffers is told in equal words") {
  at::Tensor d = at::zeros({4, 4}, on_cuda);
  const auto words = [&](double number) {
    Watch watch;
    d.add_(at::ones_like(d) * number);
    return watch.operations();
  };
  const auto first = words(2);
  EXPECT(first.size() == 3 && first == words(2));
  EXPECT(first != words(3));
  d = d.clone();
  EXPECT(first != words(2));
}

TEST("stand-in: the host cannot look into the device's memory, whose size is known and can be limited") {
  const int64_t before = device_memory();
  const at::Tensor d = at::zeros({1000}, on_cuda);
  EXPECT(device_memory() - before == 4000);
  EXPECT(reinterpret_cast<uintptr_t>(d.data_ptr()) >> 62 == 1);
  const MemoryLimit limit(device_memory() + 1000);
  bool out_of_memory = false;
  try {
    at::zeros({1000}, on_cuda);
  } catch (const c10::OutOfMemoryError&) {
    out_of_memory = true;
  }
  EXPECT(out_of_memory);
  EXPECT(at::zeros({100}, on_cuda).is_cuda());
}

TEST("stand-in: generators repeat by seed") {
  at::Generator generator = make_generator(at::kCUDA, 3);
  const at::Tensor first = at::randn({5}, generator, on_cuda);
  generator.set_current_seed(3);
  EXPECT(first.cpu().equal(at::randn({5}, generator, on_cuda).cpu()));
}
