// Operations on a GPU against the CPU.
#include "../fixtures.h"
#include "../harness.h"
#include "cluster/gaussian_mixture.h"
#include "cluster/kmeans.h"
#include "cluster/mutual_information.h"
#include "data/augmentation.h"
#include "gpu.h"
#include "loss/contrast.h"
#include "loss/elbo.h"
#include "nn/autoencoder.h"
#include "nn/embedding.h"
#include "random.h"

using namespace dc;
using namespace dc::test;

namespace {

using Tensors = std::vector<at::Tensor>;

// The work on the CPU and on the GPU, within tolerances.
void agree(const Tensors& inputs, const std::function<Tensors(const Tensors&)>& work, double absolute, double relative) {
  const at::Device device = gpu();
  Tensors there;
  for (const at::Tensor& input : inputs) there.push_back(input.to(device));
  const Tensors wanted = work(inputs), received = work(there);
  EXPECT(wanted.size() == received.size());
  for (size_t i = 0; i < wanted.size(); ++i) EXPECT_CLOSE(received[i], wanted[i], absolute, relative);
}

at::Tensor numbers(at::IntArrayRef shape) { return at::randn(shape, make_generator(at::kCPU, 11), at::TensorOptions().dtype(at::kFloat)); }

}  // namespace

TEST("gpu: distances, assignments, log densities and mutual information are those of the CPU, TF32 or not") {
  gpu();
  const at::Tensor x = numbers({500, 20}) + 100, centers = numbers({6, 20}) + 100;
  agree(
      {x, centers}, [](const Tensors& t) { return Tensors{cluster::squared_distances(t[0], t[1]), cluster::nearest(t[0], t[1])}; }, 1e-3,
      1e-4);
  const auto mixture = [](const Tensors& t) {
    const cluster::GaussianMixture mixture{t[1], t[2], t[3]};
    const at::Tensor joint = cluster::log_joint(t[0], mixture);
    return Tensors{joint, cluster::mutual_information(joint.softmax(1), joint.roll(1, 0).softmax(1))};
  };
  agree({numbers({500, 10}), numbers({6}), numbers({6, 10}), numbers({6, 10}) * 0.3}, mixture, 1e-3, 1e-4);
}

TEST("gpu: losses and their gradients are those of the CPU") {
  gpu();
  const at::Tensor labels = at::arange(64).remainder(8);
  agree(
      {numbers({64, 16}), numbers({64, 16})},
      [](const Tensors& t) {
        const at::Tensor a = t[0].detach().requires_grad_(true);
        const at::Tensor loss = loss::nt_xent(a, t[1], 0.2);
        return Tensors{loss.detach(), torch::autograd::grad({loss}, {a})[0]};
      },
      1e-5, 1e-3);
  agree(
      {numbers({64, 5}), numbers({64, 5}), numbers({4}), numbers({4, 5}), numbers({4, 5})},
      [](const Tensors& t) {
        const at::Tensor mean = t[0].detach().requires_grad_(true);
        const nn::DiagonalGaussian q{mean, t[1]};
        const cluster::MixtureDensity prior = cluster::GaussianMixture{t[2], t[3], t[4]};
        const at::Tensor joint = prior.log_joint(mean);
        const at::Tensor loss = loss::mixture_divergence(q, joint, joint, prior).value.mean() + loss::standard_divergence(q).mean();
        return Tensors{loss.detach(), torch::autograd::grad({loss}, {mean})[0]};
      },
      1e-4, 1e-3);
}

TEST("gpu: networks of the same numbers give the same codes and gradients, in float32") {
  const at::Device device = gpu();
  const at::Tensor vectors = numbers({64, 30}), images = numbers({16, 1, 20, 20});
  NamedTensors seen[2];
  for (const bool there : {false, true}) {
    const at::Device on = there ? device : at::Device(at::kCPU);
    at::Generator generator = make_generator(at::kCPU, 1), own = make_generator(on, 1);
    nn::Autoencoder autoencoder({.widths = {40, 20},
                                 .latent = 5,
                                 .activation = nn::Activation::relu,
                                 .initialisation = nn::Initialisation::fan_in_uniform,
                                 .loss = nn::AutoencoderOptions::Loss::squared},
                                30, Precision::float32, on, own);
    nn::Embedding embedding({.dimensions = 8, .maps = 6, .widths = {16}, .initialisation = nn::Initialisation::fan_in_uniform}, {1, 20, 20},
                            Precision::float32, on, own);
    at::NoGradGuard no_grad;
    std::vector<Parameter*> parameters = autoencoder.parameters();
    for (Parameter* parameter : embedding.parameters()) parameters.push_back(parameter);
    std::vector<at::Tensor> leaves;
    for (Parameter* parameter : parameters) {
      parameter->value.copy_(at::randn(parameter->value.sizes(), generator, at::TensorOptions().dtype(at::kFloat)) * 0.2);
      leaves.push_back(parameter->leaf);
    }
    at::Tensor loss;
    {
      const at::AutoGradMode gradients(true);
      const at::NoTF32Guard exact;
      const at::Tensor x = vectors.to(on);
      loss = autoencoder.loss(autoencoder.decoder().forward(autoencoder.encoder().forward(x, nn::Pass::train()), nn::Pass::train()), x) +
             embedding.forward(images.flatten(1).to(on)).pow(3).sum();
    }
    const auto gradients = torch::autograd::grad({loss}, leaves);
    seen[there]["loss"] = loss.detach().cpu();
    for (size_t i = 0; i < leaves.size(); ++i) seen[there][parameters[i]->name] = gradients[i].cpu();
    seen[there]["code"] = autoencoder.encode(vectors.to(on)).cpu();
  }
  for (const auto& [name, tensor] : seen[0]) EXPECT_CLOSE(seen[1].at(name), tensor, 1e-3 * tensor.abs().max().item<double>(), 1e-2);
}

TEST("gpu: affine copies of images are those of the CPU") {
  agree(
      {numbers({4, 1, 9, 7}), numbers({5, 4}) * 0.1},
      [](const Tensors& t) {
        const at::NoTF32Guard exact;
        const at::Tensor maps = data::affine_maps(t[1][0], t[1][1], t[1][2], t[1][3], t[1][4], 9, 7);
        return Tensors{at::grid_sampler_2d(t[0], at::affine_grid_generator(maps, {4, 1, 9, 7}, false), 0, 0, false)};
      },
      1e-4, 1e-4);
}
